"""What kinds of establishment the demo city has, how many, under what names, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from data.demo.names import KINDERS, NURSERIES, PRIMARIES, SAINTS, SCHOOLS, SHOPS

STAFF_BANDS = (
    "0 a 5 personas", "6 a 10 personas", "11 a 30 personas", "31 a 50 personas",
    "51 a 100 personas", "101 a 250 personas", "251 y más personas",
)  # fmt: skip
LABELS: Mapping[str, str] = {
    "624411": "Guarderías del sector privado",
    "624412": "Guarderías del sector público",
    "623311": "Asilos y otras residencias del sector privado para el cuidado de ancianos",
    "623312": "Asilos y otras residencias del sector público para el cuidado de ancianos",
    "624121": "Centros del sector privado dedicados a la atención y cuidado diurno de ancianos y"
    " personas con discapacidad",
    "624122": "Centros del sector público dedicados a la atención y cuidado diurno de ancianos y"
    " personas con discapacidad",
    "623211": "Residencias del sector privado para el cuidado de personas con problemas de retardo"
    " mental",
    "623212": "Residencias del sector público para el cuidado de personas con problemas de retardo"
    " mental",
    "623111": "Residencias del sector privado con cuidados de enfermeras para enfermos"
    " convalecientes, en rehabilitación, incurables y terminales",
    "623112": "Residencias del sector público con cuidados de enfermeras para enfermos"
    " convalecientes, en rehabilitación, incurables y terminales",
    "623991": "Orfanatos y otras residencias de asistencia social del sector privado",
    "623992": "Orfanatos y otras residencias de asistencia social del sector público",
    "623221": "Residencias del sector privado para el cuidado de personas con problemas de"
    " trastorno mental y adicción",
    "623222": "Residencias del sector público para el cuidado de personas con problemas de"
    " trastorno mental y adicción",
    "611111": "Escuelas de educación preescolar del sector privado",
    "611112": "Escuelas de educación preescolar del sector público",
    "611121": "Escuelas de educación primaria del sector privado",
    "611122": "Escuelas de educación primaria del sector público",
    "611171": "Escuelas del sector privado que combinan diversos niveles de educación",
    "611172": "Escuelas del sector público que combinan diversos niveles de educación",
    "611181": "Escuelas del sector privado de educación para necesidades especiales",
    "611182": "Escuelas del sector público de educación para necesidades especiales",
    "621331": "Consultorios de psicología del sector privado",
    "621332": "Consultorios de psicología del sector público",
    "621341": "Consultorios del sector privado de audiología y de terapia ocupacional, física y del"
    " lenguaje",
    "621342": "Consultorios del sector público de audiología y de terapia ocupacional, física y del"
    " lenguaje",
    "621491": "Otros centros del sector privado para la atención de pacientes que no requieren"
    " hospitalización",
    "621492": "Otros centros del sector público para la atención de pacientes que no requieren"
    " hospitalización",
    "461110": "Comercio al por menor en tiendas de abarrotes, ultramarinos y misceláneas",
    "722513": "Restaurantes con servicio de preparación de antojitos",
    "811111": "Reparación mecánica en general de automóviles y camiones",
    "621111": "Consultorios de medicina general del sector privado",
    "621211": "Consultorios dentales del sector privado",
    "622111": "Hospitales generales del sector privado",
    "622112": "Hospitales generales del sector público",
    "464111": "Farmacias sin minisúper",
    "812110": "Salones y clínicas de belleza y peluquerías",
    "611132": "Escuelas de educación secundaria general del sector público",
    "611611": "Escuelas de arte del sector privado",
    "813210": "Asociaciones y organizaciones religiosas",
    "931610": "Actividades administrativas de instituciones de bienestar social",
    "336350": "Fabricación de partes de sistemas de transmisión para vehículos automotores",
}
NEVER_CARE = ("623221", "623222")

# How establishments spread over the kinds of neighbourhood, per inhabitant.
_PRIVATE = {"centro": 2.6, "tradicional": 1.3, "popular": 0.45, "fraccionamiento": 1.25,
            "privado": 1.5, "periferia": 0.05, "pueblo": 0.3}  # fmt: skip
_PUBLIC = {"centro": 1.7, "tradicional": 1.25, "popular": 1.0, "fraccionamiento": 0.75,
           "privado": 0.1, "periferia": 0.34, "pueblo": 1.2}  # fmt: skip
_INSURED = {"centro": 0.8, "tradicional": 1.1, "popular": 0.7, "fraccionamiento": 1.6,
            "industrial": 40.0}  # fmt: skip
_CENTRAL = {"centro": 4.0, "tradicional": 1.2, "popular": 0.2, "fraccionamiento": 0.4}
_SOCIAL = {"centro": 1.0, "tradicional": 1.0, "popular": 1.2, "periferia": 0.12, "pueblo": 0.8}
_ANY = {"centro": 3.0, "tradicional": 1.2, "popular": 1.0, "fraccionamiento": 0.7, "privado": 0.1,
        "periferia": 0.8, "pueblo": 1.2, "industrial": 5.0}  # fmt: skip
_PLANTS = {"industrial": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A kind of establishment under one set of names.

    Parameters
    ----------
    scian
        Class of activity.
    count
        How many there are.
    names
        Patterns of the name; ``{x}`` is drawn from ``words``, ``{n}`` is a running number,
        ``{c}`` the colonia.
    legal
        Pattern of the legal name; empty for a person's own business.
    words
        What ``{x}`` is drawn from, in turn.
    where
        Weight of each kind of neighbourhood, per inhabitant.
    staff
        Shares of the staff bands, from the smallest.
    apart_m
        Distance kept to others of the same offer.
    sector, scheme
        Who runs it and how it admits people, whatever its name says; empty for what is usual of
        its class: open if public, for a fee if private.
    """

    scian: str
    count: int
    names: tuple[str, ...]
    legal: str = ""
    words: tuple[str, ...] = ("",)
    where: Mapping[str, float] = field(default_factory=lambda: _PUBLIC)
    staff: tuple[float, ...] = (0.6, 0.3, 0.1)
    apart_m: float = 150.0
    sector: str = ""
    scheme: str = ""

    @property
    def truth(self) -> tuple[str, str]:
        """Sector and scheme of its establishments."""
        public = self.scian.endswith("2")
        return (
            self.sector or ("publica" if public else "privada"),
            self.scheme or ("abierto" if public else "cuota"),
        )


_IMSS = "INSTITUTO MEXICANO DEL SEGURO SOCIAL"
_DIF = "SISTEMA MUNICIPAL PARA EL DESARROLLO INTEGRAL DE LA FAMILIA"
_SEP = "SECRETARIA DE EDUCACION PUBLICA"
_STATE_SCHOOLS = "INSTITUTO DE EDUCACION DEL ESTADO"
_BIG = (0.0, 0.1, 0.6, 0.25, 0.05)

CARE: tuple[Offer, ...] = (
    Offer(scian="624411", count=11, names=("GUARDERIA {x} S.C. U-{n}", "{x} S.C. U{n}",
          "CENDI {x} U-{n}", "GUARDERIA {x}"), legal="{x} SC", words=NURSERIES, where=_INSURED,
          staff=(0, 0, 0.55, 0.35, 0.1), apart_m=500, scheme="imss"),
    Offer(scian="624411", count=30, names=("ESTANCIA INFANTIL {x}", "GUARDERÍA {x}",
          "CENTRO DE DESARROLLO INFANTIL {x}", "{x} GUARDERIA Y PREESCOLAR", "KINDER {x} S.C."),
          words=NURSERIES[8:], where=_PRIVATE, staff=(0.5, 0.32, 0.16, 0.02)),
    Offer(scian="624411", count=3, names=("CASA CUNA {x} A.C.", "GUARDERIA {x} I.A.P."),
          legal="PATRONATO {x} AC", words=SAINTS, where=_CENTRAL, staff=(0, 0.5, 0.5),
          sector="sociedad_civil", scheme="abierto"),
    Offer(scian="624412", count=2, names=("GUARDERIA ORDINARIA NO. {n} IMSS",), legal=_IMSS,
          where=_INSURED, staff=(0, 0, 0, 0.3, 0.7), apart_m=1500, scheme="imss"),
    Offer(scian="624412", count=1, names=("EBDI NO. 97 ISSSTE",),
          legal="INSTITUTO DE SEGURIDAD Y SERVICIOS SOCIALES DE LOS TRABAJADORES DEL ESTADO",
          where=_CENTRAL, staff=(0, 0, 0.2, 0.8), scheme="issste"),
    Offer(scian="624412", count=2, names=("CENDI {x}", "CENTRO DE DESARROLLO INFANTIL NO. {n} SEP"),
          legal=_SEP, words=KINDERS, where=_CENTRAL, staff=_BIG, apart_m=900, scheme="sep"),
    Offer(scian="624412", count=1, names=("CENDI PODER JUDICIAL",),
          legal="PODER JUDICIAL DEL ESTADO DE JACARANDA", where=_CENTRAL, staff=_BIG,
          scheme="otro_empleador"),
    Offer(scian="624412", count=1, names=("CAI SEP NO. 2",), legal=_SEP, where=_CENTRAL,
          staff=_BIG, scheme="sep"),
    Offer(scian="624412", count=1, names=("ESTANCIA INFANTIL MUNICIPAL {c}",),
          legal="MUNICIPIO DE CIUDAD JACARANDA", where=_SOCIAL, staff=(0.1, 0.4, 0.5)),
    Offer(scian="624412", count=3, names=("CADI DIF {c}", ("CENTRO ASISTENCIAL DE DESARROLLO"
          " INFANTIL DIF {c}")), legal=_DIF, where=_SOCIAL, staff=(0.1, 0.4, 0.5), apart_m=1200),
    Offer(scian="624412", count=1, names=("ESTANCIA INFANTIL NO. 1",), legal=("INSTITUTO DE"
          " SEGURIDAD SOCIAL DE LOS TRABAJADORES DEL ESTADO DE JACARANDA"), where=_SOCIAL,
          staff=(0.1, 0.4, 0.5), scheme="issste_estatal"),
    Offer(scian="624412", count=1, names=("CENDI PEMEX",), legal="PETROLEOS MEXICANOS",
          where=_SOCIAL, staff=(0.1, 0.4, 0.5), scheme="pemex"),
    Offer(scian="624412", count=4, names=("CAIC {c}", ("CENTRO DE ASISTENCIA INFANTIL COMUNITARIO"
          " DIF {c}")), legal=_DIF, where=_SOCIAL, staff=(0.5, 0.4, 0.1), apart_m=900),
    Offer(scian="624412", count=1, names=("ESTANCIA INFANTIL SNTE SECCION 99",),
          legal="SINDICATO NACIONAL DE TRABAJADORES DE LA EDUCACION", where=_CENTRAL, staff=_BIG,
          scheme="sep"),
    Offer(scian="624412", count=1, names=("CENTRO DE DESARROLLO INFANTIL SEDENA",),
          legal="SECRETARIA DE LA DEFENSA NACIONAL", where=_PUBLIC, staff=_BIG,
          scheme="fuerzas_armadas"),
    Offer(scian="624412", count=1, names=("CENDI UNIVERSITARIO",),
          legal="UNIVERSIDAD AUTONOMA DE JACARANDA", where=_PUBLIC, staff=_BIG,
          scheme="universidad"),
    Offer(scian="623311", count=5, names=("ASILO DE ANCIANOS {x} A.C.",
          "CASA HOGAR PARA ADULTOS MAYORES {x}", "CARITAS ASILO {x} I.A.P."),
          legal="PATRONATO {x} AC", words=SAINTS, where=_CENTRAL, staff=(0.1, 0.3, 0.5, 0.1),
          sector="sociedad_civil", scheme="abierto"),
    Offer(scian="623311", count=4, names=("RESIDENCIA GERIATRICA {x}", ("ESTANCIA PARA EL ADULTO"
          " MAYOR {x}")), words=("LOS ABUELOS", "EDAD DORADA", "OTOÑO", "VILLA SERENA"),
          where=_PRIVATE, staff=(0.4, 0.4, 0.2)),
    Offer(scian="623312", count=1, names=("CASA HOGAR DEL ANCIANO DIF",), legal=_DIF, where=_PUBLIC,
          staff=_BIG),
    Offer(scian="624121", count=5, names=("CASA DE DIA {x} A.C.", ("CENTRO DE DIA PARA PERSONAS CON"
          " DISCAPACIDAD {x} I.A.P."), "APAC JACARANDA A.C."), legal="FUNDACION {x} AC",
          words=("NUEVO AMANECER", "LOS ABUELOS", "MANOS UNIDAS", "ALAS"), where=_CENTRAL,
          staff=(0.3, 0.5, 0.2), apart_m=600, sector="sociedad_civil", scheme="abierto"),
    Offer(scian="624122", count=1, names=("RESIDENCIA DE DIA INAPAM",), legal="INSTITUTO NACIONAL"
          " DE LAS PERSONAS ADULTAS MAYORES", where=_SOCIAL, staff=(0.4, 0.4, 0.2)),
    Offer(scian="624122", count=2, names=("CLUB DEL ADULTO MAYOR DIF {c}",
          "CENTRO GERONTOLOGICO DIF"), legal=_DIF, where=_SOCIAL, staff=(0.4, 0.4, 0.2),
          apart_m=900),
    Offer(scian="623211", count=2, names=(("CASA HOGAR {x} PARA PERSONAS CON DISCAPACIDAD"
          " INTELECTUAL A.C."),), legal="FUNDACION {x} IAP", words=("EL MILAGRO", "ALBORADA"),
          where=_PUBLIC, staff=(0, 0.5, 0.5), sector="sociedad_civil", scheme="abierto"),
    Offer(scian="623212", count=1, names=("ALBERGUE TEMPORAL DISCAPACIDAD DIF",), legal=_DIF,
          where=_PUBLIC),
    Offer(scian="623111", count=2, names=("CASA DE REPOSO {x}",), words=("VIDA PLENA", "SANTA FE"),
          where=_PRIVATE),
    Offer(scian="623112", count=1, names=("UNIDAD DE CUIDADOS PALIATIVOS",), where=_CENTRAL,
          legal="INSTITUTO DE SALUD DEL ESTADO"),
    Offer(scian="623991", count=4, names=("CASA HOGAR {x} A.C.", "ORFANATORIO {x} A.C."),
          legal="CASA HOGAR {x} AC", words=SAINTS[3:], where=_CENTRAL, staff=(0.2, 0.4, 0.4),
          sector="sociedad_civil", scheme="abierto"),
    Offer(scian="623992", count=1, names=("CASA CUNA DIF",), legal=_DIF, where=_PUBLIC),
    Offer(scian="623221", count=6, names=("CENTRO DE REHABILITACION PARA ADICCIONES {x} A.C.",
          "GRUPO 24 HORAS {x}", "ANEXO {x} DISCAPACIDAD Y VIDA NUEVA"),
          words=("VIDA NUEVA", "RENACER", "UN DIA A LA VEZ", "LA FUENTE"), where=_SOCIAL,
          staff=(0.6, 0.3, 0.1)),
    Offer(scian="623222", count=1, names=("CENTRO ESTATAL DE SALUD MENTAL Y ADICCIONES",),
          legal="INSTITUTO DE SALUD DEL ESTADO", where=_PUBLIC, staff=_BIG),
    Offer(scian="611111", count=34, names=("JARDIN DE NIÑOS {x}", "KINDER {x}", "PREESCOLAR {x}",
          "COLEGIO {x} PREESCOLAR"), words=(*KINDERS[:12], *NURSERIES[:16]), where=_PRIVATE,
          staff=(0.35, 0.4, 0.25)),
    Offer(scian="611112", count=64, names=("JARDIN DE NIÑOS {x}", "JARDÍN DE NIÑOS {x}",
          "J.N. {x}", "JARDIN DE NIÑOS {x} T.M."), legal=_SEP, words=KINDERS, where=_PUBLIC,
          staff=(0.3, 0.45, 0.25), apart_m=330),
    Offer(scian="611121", count=18, names=("COLEGIO {x} PRIMARIA", ("ESCUELA PRIMARIA PARTICULAR"
          " {x}"), "INSTITUTO {x}"), legal="COLEGIO {x} AC", words=PRIMARIES, where=_PRIVATE,
          staff=(0.1, 0.4, 0.5), apart_m=250, sector="sociedad_civil"),
    Offer(scian="611122", count=48, names=("ESCUELA PRIMARIA FEDERAL {x}", "PRIMARIA {x}",
          "ESC. PRIM. {x} TURNO MATUTINO"), legal=_SEP, words=PRIMARIES, where=_PUBLIC,
          staff=(0.05, 0.15, 0.7, 0.1), apart_m=420),
    Offer(scian="611122", count=28, names=("ESCUELA PRIMARIA ESTATAL {x}", ("PRIMARIA ESTATAL {x}"
          " T.V.")), legal=_STATE_SCHOOLS, words=PRIMARIES[::-1], where=_PUBLIC,
          staff=(0.05, 0.25, 0.65, 0.05), apart_m=420),
    Offer(scian="611171", count=16, names=("{x}", "{x} (PREESCOLAR PRIMARIA Y SECUNDARIA)"),
          legal="{x} AC", words=SCHOOLS, where=_PRIVATE, staff=(0, 0.1, 0.4, 0.3, 0.2),
          apart_m=300, sector="sociedad_civil"),
    Offer(scian="611172", count=2, names=("CENTRO EDUCATIVO INTEGRAL {c}",), legal=_SEP,
          where=_PUBLIC, staff=_BIG),
    Offer(scian="611181", count=2, names=("INSTITUTO DE EDUCACION ESPECIAL {x} A.C.",),
          legal="FUNDACION {x} AC", words=("TELETON JACARANDA", "DOWN JACARANDA"), where=_CENTRAL,
          staff=(0, 0.3, 0.7), sector="sociedad_civil", scheme="abierto"),
    Offer(scian="611182", count=5, names=("CENTRO DE ATENCION MULTIPLE NO. {n}", "CAM {n}",
          "CAM LABORAL {n}"), legal=_SEP, where=_PUBLIC, staff=(0, 0.2, 0.8), apart_m=900),
    Offer(scian="611182", count=4, names=("USAER NO. {n}", ("UNIDAD DE SERVICIOS DE APOYO A LA"
          " EDUCACION REGULAR USAER {n}")), legal=_SEP, where=_PUBLIC, staff=(0.3, 0.6, 0.1)),
    Offer(scian="621331", count=6, names=("CONSULTORIO DE PSICOLOGIA {x}", "PSICOTERAPIA {x}"),
          words=("ENCUENTRO", "SER", "ARMONIA"), where=_PRIVATE, staff=(1.0,)),
    Offer(scian="621332", count=1, names=("CENTRO DE ATENCION PSICOLOGICA DIF",), legal=_DIF,
          where=_CENTRAL),
    Offer(scian="621341", count=5, names=("TERAPIA FISICA {x}", "CENTRO DE LENGUAJE {x}"),
          words=("FISIOVIDA", "MOVER", "HABLA"), where=_PRIVATE, staff=(0.9, 0.1)),
    Offer(scian="621342", count=4, names=("UNIDAD BASICA DE REHABILITACION UBR {c}",
          "CRI CENTRO DE REHABILITACION INTEGRAL DIF"), legal=_DIF, where=_SOCIAL,
          staff=(0.5, 0.3, 0.2), apart_m=1500),
    Offer(scian="621491", count=5, names=("CLINICA DE REHABILITACION {x}",),
          words=("SAN RAFAEL", "DEL VALLE"), where=_PRIVATE),
    Offer(scian="621492", count=1, names=("CREE CENTRO DE REHABILITACION Y EDUCACION ESPECIAL",),
          legal="DIF ESTATAL", where=_PUBLIC, staff=_BIG),
)  # fmt: skip

OTHERS: tuple[Offer, ...] = (
    Offer(scian="461110", count=230, names=("ABARROTES {x}", "MISCELANEA {x}", "TIENDA {x}"),
          words=SHOPS, where=_ANY, staff=(0.98, 0.02), apart_m=0),
    Offer(scian="722513", count=80, names=("ANTOJITOS {x}", "TACOS {x}", "GORDITAS {x}"),
          words=SHOPS, where=_ANY, staff=(0.9, 0.1), apart_m=0),
    Offer(scian="811111", count=40, names=("TALLER MECANICO {x}",), words=SHOPS, where=_ANY,
          staff=(0.9, 0.1), apart_m=0),
    Offer(scian="621111", count=38, names=("CONSULTORIO MEDICO {x}",), words=SAINTS, where=_PRIVATE,
          staff=(1.0,), apart_m=0),
    Offer(scian="621211", count=34, names=("DENTAL {x}", "CONSULTORIO DENTAL {x}"), words=SHOPS,
          where=_PRIVATE, staff=(1.0,), apart_m=0),
    Offer(scian="464111", count=40, names=("FARMACIA {x}",), words=SAINTS, where=_ANY,
          staff=(0.9, 0.1), apart_m=0),
    Offer(scian="812110", count=58, names=("ESTETICA {x}", "PELUQUERIA {x}"), words=SHOPS,
          where=_ANY, staff=(1.0,), apart_m=0),
    Offer(scian="611132", count=20, names=("ESCUELA SECUNDARIA GENERAL NO. {n}",), legal=_SEP,
          where=_PUBLIC, staff=(0, 0, 0.3, 0.5, 0.2), apart_m=700),
    Offer(scian="611611", count=10, names=("ACADEMIA DE DANZA {x}",), words=SHOPS, where=_PRIVATE,
          staff=(1.0,), apart_m=0),
    Offer(scian="813210", count=30, names=("PARROQUIA {x}", "TEMPLO {x}"), words=SAINTS, where=_ANY,
          staff=(0.8, 0.2), apart_m=0),
    Offer(scian="931610", count=5, names=("DIF MUNICIPAL", "CENTRO DE DESARROLLO COMUNITARIO {c}"),
          legal=_DIF, where=_CENTRAL, staff=_BIG),
    Offer(scian="622111", count=4, names=("HOSPITAL {x}",), words=SAINTS, where=_CENTRAL,
          legal="HOSPITAL {x} SA DE CV", staff=(0, 0, 0.2, 0.3, 0.4, 0.1)),
    Offer(scian="622112", count=3, names=("HOSPITAL GENERAL DE ZONA NO. {n} IMSS",), legal=_IMSS,
          where=_PUBLIC, staff=(0, 0, 0, 0, 0, 0.3, 0.7), apart_m=1200),
    Offer(scian="336350", count=9, names=("TRANSMISIONES {x} DE MEXICO",),
          legal="TRANSMISIONES {x} SA DE CV", words=("DEL BAJIO", "JACARANDA"), where=_PLANTS,
          staff=(0, 0, 0, 0, 0.2, 0.4, 0.4), apart_m=0),
)  # fmt: skip
