"""Names as one finds them in a Mexican city: colonias, streets, rural places, centres."""

from collections.abc import Mapping

COLONIAS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "centro": tuple(("COLONIA", name) for name in (
        "Centro", "Barrio de la Parroquia", "Barrio del Carmen", "Barrio de San Diego",
        "Barrio de la Merced", "Barrio de Triana", "Barrio de la Estación",
    )),
    "tradicional": tuple(("BARRIO", name) for name in (
        "San Marcos", "Guadalupe", "La Purísima", "El Encino", "San José", "La Salud",
        "El Llanito", "Santa Anita", "Los Ángeles", "San Pablo", "La Esperanza", "Del Trabajo",
        "Obraje", "Héroes", "Gremial", "Las Flores", "San Luis", "Moderna", "Altavista",
        "Miravalle",
        "Primavera", "San Cayetano",
    )),
    "popular": tuple(("COLONIA", name) for name in (
        "Insurgentes", "Emiliano Zapata", "Benito Juárez", "Solidaridad", "Ojo de Agua",
        "Vicente Guerrero", "Las Huertas", "El Mirador", "Progreso", "Revolución",

        "Lázaro Cárdenas", "Ferronales", "La Cañada", "Primero de Mayo", "El Roble", "Otra Banda",
        "Nueva España",
        "Pensadores Mexicanos", "Constitución", "Magisterial", "Cumbres", "Villa de Guadalupe",
        "Lomas del Ajedrez", "Luis Donaldo Colosio", "Morelos", "San Martín", "Los Pericos",
        "Municipio Libre", "Ampliación Morelos", "Infonavit Las Aves",
    )),
    "fraccionamiento": tuple(("FRACCIONAMIENTO", name) for name in (
        "Jardines de la Asunción", "Bosques del Prado", "Villas de San Nicolás", "Las Brisas",
        "Valle del Sol", "Rinconada Santa Mónica", "Los Sauces", "Lomas de Jacaranda",
        "Paseos del Río", "Casa Blanca", "Hacienda Nueva", "Los Olivos", "La Herradura",
        "Prados del Sur", "Santa Elena", "Villa Sur", "Residencial del Parque",
        "Colinas del Sur",
        "Parras", "Vista Hermosa", "Cielo Claro", "Arboledas", "Real de Haciendas", "Los Laureles",
        "Portal del Sur", "Quinta Real", "Trojes Viejas", "Camino Real",
    )),
    "privado": tuple(("CONDOMINIO", name) for name in (
        "Club Campestre Los Encinos", "Residencial Punta Alta", "Privanzas", "El Molino",
    )),
    "periferia": tuple(("COLONIA", name) for name in (
        "Cerrito Alto", "La Ladrillera", "Mirador de las Culturas", "Tierra Colorada",
        "Los Caños", "Piedras Negras", "Nuevo Amanecer", "La Huizachera", "El Tepetate",
        "Ampliación Cerrito Alto", "Barrancas", "Las Pilas", "El Mezquital", "La Loma",
        "Lomas de la Cruz", "El Pedregal",
    )),
    "industrial": tuple(("ZONA INDUSTRIAL", name) for name in (
        "Ciudad Industrial", "Parque Industrial del Valle", "Parque Industrial Norte",
        "Parque Logístico", "Ferropuerto", "Parque Industrial Jacaranda", "Zona de Talleres",
        "Ciudad Industrial Segunda Sección", "Central de Abasto",
    )),
    "parque": (("COLONIA", "Parque Alameda"), ("COLONIA", "Parque Río")),
    "pueblo": tuple(("PUEBLO", name) for name in (
        "Centro", "San Antonio", "La Cruz", "El Calvario", "La Calera", "El Panteón",
    )),
}  # fmt: skip

_HEROES = (
    "Ignacio Allende", "Juan Aldama", "Mariano Matamoros", "Nicolás Bravo", "Vicente Guerrero",
    "Guadalupe Victoria", "Josefa Ortiz de Domínguez", "Leona Vicario", "Francisco I. Madero",
    "Venustiano Carranza", "Álvaro Obregón", "5 de Mayo", "16 de Septiembre", "20 de Noviembre",
    "Melchor Ocampo", "Ignacio Zaragoza", "Guillermo Prieto", "Valentín Gómez Farías",
    "Xicoténcatl", "Cuauhtémoc", "Niños Héroes", "Mariano Abasolo", "Pípila",
    "Hermenegildo Galeana",
    "Mariano Escobedo", "Porfirio Díaz", "Manuel Doblado", "Constitución", "Libertad", "Democracia",
)  # fmt: skip
_STATES = (
    "Jalisco", "Zacatecas", "Oaxaca", "Nayarit", "Colima", "Durango", "Tabasco", "Veracruz",
    "Sonora", "Sinaloa", "Michoacán", "Querétaro", "Hidalgo", "Puebla", "Tlaxcala", "Guerrero",
    "Campeche", "Yucatán", "Coahuila", "Chihuahua", "Tamaulipas", "Nuevo León", "Guanajuato",
    "San Luis Potosí", "Chiapas", "Quintana Roo",
)  # fmt: skip
_TREES = (
    "Fresno", "Encino", "Pirul", "Mezquite", "Cedro", "Ahuehuete", "Sabino", "Laurel", "Naranjo",
    "Limón", "Durazno", "Nogal", "Olmo", "Sauce", "Ciprés", "Palma", "Bugambilia", "Azucena",
    "Clavel", "Geranio", "Gardenia", "Violeta", "Magnolia", "Tulipán", "Dalia", "Nochebuena",
)  # fmt: skip
_CRAFTS = (
    "Artesanos", "Albañiles", "Ferrocarrileros", "Maquinistas", "Talabarteros", "Panaderos",
    "Herreros", "Alfareros", "Tejedores", "Carpinteros", "Zapateros", "Mineros", "Maestros",
    "Pintores", "Músicos", "Poetas", "Médicos", "Ingenieros", "Obreros", "Jornaleros",
)  # fmt: skip
_HILLS = (
    "Cerro de la Silla", "Cerro del Muerto", "Cerro Gordo", "Peña Blanca", "Barranca Honda",
    "Camino Real", "Camino al Pozo", "Tepetate", "Cantera", "Arroyo Seco", "Huizache", "Nopal",
    "Biznaga", "Maguey", "Gobernadora", "Palo Verde", "Piedra Lisa", "La Noria", "El Bordo",
    "La Joya", "El Salto", "Las Tunas",
)  # fmt: skip
_INDUSTRY = (
    "Industria Textil", "Industria Automotriz", "Industria Alimenticia", "Industria Metalúrgica",
    "Ferrocarril", "Aduana", "Almacenes", "Acero", "Cobre", "Aluminio", "Energía", "Vapor",
)  # fmt: skip
STREETS: Mapping[str, tuple[str, ...]] = {
    "centro": _HEROES, "tradicional": _HEROES, "popular": _STATES, "fraccionamiento": _TREES,
    "privado": _TREES, "periferia": _HILLS, "industrial": _INDUSTRY, "parque": ("Paseo",),
    "pueblo": _HEROES,
}  # fmt: skip
OTHER_STREETS: Mapping[str, tuple[str, ...]] = {
    "tradicional": _CRAFTS,
    "popular": _CRAFTS,
    "fraccionamiento": _STATES,
}

RANCHOS = (
    "El Refugio de los Arcos", "San Nicolás del Bordo", "La Tinaja", "Los Cuervos", "Palo Alto",
    "El Saucillo", "Santa Rosalía", "La Presa", "Las Palomas", "El Chayote", "San José de la Cal",
    "Los Conos", "El Novillo", "Mesa Grande", "La Escondida [Rancho]", "Granja Los Tres Hermanos",
    "El Garabato", "Agua Zarca", "Los Negritos", "La Concepción", "El Turicate", "Cañada Honda",
    "Pozo Nueve", "Las Adjuntas", "Ojo Caliente", "El Zapote [Granja]", "Milpillas", "Tanque Viejo",
    "El Copetillo",
)  # fmt: skip

SAINTS = (
    "San José",
    "Santa Teresita",
    "San Francisco",
    "Sagrado Corazón",
    "Guadalupe",
    "Santa Mónica",
    "San Juan Bosco",
    "Santa Ana",
    "San Vicente",
    "San Martín de Porres",
    "La Sagrada Familia",
)
NURSERIES = (
    "Caritas Felices", "Mi Pequeño Mundo", "Pasitos", "Semillitas", "Los Duendecillos", "Arcoíris",
    "Travesuras", "Rayito de Sol", "Gotita de Agua", "Burbujitas", "Los Pitufos", "Abejitas",
    "Garabatos", "Manitas Traviesas", "Kinder Kids", "Osito Panda", "Estrellita", "Mi Casita",
    "Ratoncitos", "Chiquilines", "Pequeños Gigantes", "Colorín Colorado", "Ternura", "Pimpón",
    "La Casa de los Niños", "Peques", "El Trenecito", "Crayolas", "Nube de Algodón", "Barquito",
)  # fmt: skip
KINDERS = (
    "Federico Froebel", "Rosaura Zapata", "María Montessori", "Gabriela Mistral", "Jean Piaget",
    "Estefanía Castañeda", "Sor Juana Inés de la Cruz", "Frida Kahlo", "Francisco Gabilondo Soler",
    "Ovidio Decroly", "Rosario Castellanos", "Niños Héroes", "Juan Escutia", "Enrique Pestalozzi",
    "Celestin Freinet", "Ramón López Velarde", "Manuel M. Ponce", "Amado Nervo", "Cri Cri",
    "Margarita Maza de Juárez", "Berta von Glümer", "Ignacio Manuel Altamirano", "Xochiquetzal",
    "Nueva Creación", "Agustín Melgar", "Brígida Alfaro", "Tlacaélel", "Vasco de Quiroga",
)  # fmt: skip
PRIMARIES = (
    "Benito Juárez", "Miguel Hidalgo", "Justo Sierra", "José Vasconcelos", "Ignacio Zaragoza",
    "Vicente Guerrero", "Lázaro Cárdenas", "Emiliano Zapata", "Gregorio Torres Quintero",
    "Rafael Ramírez", "Leona Vicario", "Melchor Ocampo", "Josefa Ortiz de Domínguez",
    "Club de Leones", "21 de Marzo", "20 de Noviembre", "Niños Héroes", "Juan de la Barrera",
    "Francisco Villa", "Ricardo Flores Magón", "Enrique C. Rébsamen", "Valentín Gómez Farías",
    "Cuauhtémoc", "Independencia", "Constitución de 1917", "Octavio Paz", "Nezahualcóyotl",
    "Jesús Terán", "Solidaridad", "Himno Nacional", "Saturnino Herrán", "Jaime Nunó",
)  # fmt: skip
SCHOOLS = (
    "Instituto Cumbres del Valle", "Colegio Anglo Mexicano", "Colegio Marista", "Colegio Motolinía",
    "Colegio La Paz", "Instituto San Felipe", "Colegio Portugal", "Liceo Británico",
    "Colegio Nueva Galicia", "Instituto Mendel", "Colegio Tepeyac", "Colegio Esperanza",
)  # fmt: skip
SHOPS = (
    "Lupita", "La Esperanza", "Don Chuy", "El Paraíso", "Los Compadres", "Mary", "San Judas Tadeo",
    "La Guadalupana", "El Triunfo", "Doña Tere", "Los Primos", "La Central", "El Rosal", "Martínez",
    "Hermanos Ruiz", "La Nueva", "Jacaranda", "El Güero", "La Michoacana", "Popular",
)  # fmt: skip
