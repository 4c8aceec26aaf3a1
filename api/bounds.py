"""What an answer may cost, address by address, as the interface's description tells it.

``docs/api.md`` tells the same as a table, with the status beyond each bound.
"""

from data.texts import Text

# By the beginning of the address; the longest that fits counts.
_BOUNDS: tuple[tuple[str, Text], ...] = (
    (
        "/",
        Text(
            "Una descripción del atlas o de una de sus partes: sin filas de datos, tan larga como "
            "columnas hay",
            "A description of the atlas or a part of it: without rows of data, as long as it has "
            "columns",
        ),
    ),
    (
        "/collections/{layer}/items",
        Text(
            "Hasta 10 000 elementos y cerca de 2 millones de vértices por página (next sigue); el "
            "filtro, 3 000 caracteres, 8 niveles, 300 partes y 5 s; los archivos como en download",
            "Up to 10,000 features and about 2 million vertices a page (next goes on); the filter, "
            "3,000 characters, 8 levels, 300 parts and 5 s; files as of download",
        ),
    ),
    ("/collections/{layer}/items/{key}", Text("Un elemento", "One feature")),
    (
        "/collections/{layer}/download",
        Text(
            "GeoJSON y CSV se envían por partes y no tienen tope; los demás, 2 GiB y 120 s (XLSX, "
            "3 millones de celdas), dos a la vez, los demás esperan 10 s; el filtro como en items",
            "GeoJSON and CSV are sent in parts, without a limit; the others, 2 GiB and 120 s "
            "(XLSX, 3 million cells), two at once, more wait 10 s; the filter as of items",
        ),
    ),
    (
        "/estadisticas/{level}",
        Text("Hasta 25 lugares comparados", "Up to 25 places compared"),
    ),
    ("/estadisticas/{level}/{cvegeo}", Text("Un lugar", "One place")),
    ("/estadisticas/{level}/distribucion", Text("Hasta 100 intervalos", "Up to 100 bins")),
    ("/estadisticas/{level}/valores", Text("Hasta 200 000 lugares", "Up to 200,000 places")),
    ("/estadisticas/{level}/clases", Text("Hasta 9 clases", "Up to 9 classes")),
    ("/equidad", Text("Un lugar", "One place")),
    ("/demanda", Text("Un lugar", "One place")),
    (
        "/participacion/{level}/puntos",
        Text("Hasta 20 000 lugares; within pide menos", "Up to 20,000 places; within for fewer"),
    ),
    (
        "/reportes",
        Text(
            "Hasta 10 000 partes del lugar; por turnos, y quien espera más de 10 s recibe 503",
            "Up to 10,000 parts of the place; made in turns, and who waits beyond 10 s gets 503",
        ),
    ),
    (
        "/lugares",
        Text(
            "80 caracteres, seis palabras, 25 respuestas", "80 characters, six words, 25 answers"
        ),
    ),
    (
        "/rasters",
        Text(
            "Una imagen de hasta 512 píxeles de lado, zoom 16; el archivo entero, por rangos",
            "An image of at most 512 pixels a side, zoom 16; the whole file is read by ranges",
        ),
    ),
    (
        "/centros",
        Text(
            "Hasta 100 centros, dentro de los minutos a que el atlas limita las caminatas",
            "Up to 100 centres within the minutes the atlas limits walks to",
        ),
    ),
    (
        "/isocrona",
        Text("Hasta 60 minutos y 4 contornos", "Up to 60 minutes and 4 outlines"),
    ),
    (
        "/escenarios",
        Text(
            "Un cuerpo de 2 MiB; dos cálculos a la vez, ocho más esperan 10 s",
            "A body of 2 MiB; two computations at once, eight more wait 10 s",
        ),
    ),
    (
        "/sitios",
        Text(
            "Un cuerpo de 2 MiB; dos cálculos a la vez, ocho más esperan 10 s; la prueba, una a la "
            "vez y 180 s",
            "A body of 2 MiB; two computations at once, eight more wait 10 s; proof, one at a time "
            "and 180 s",
        ),
    ),
    (
        "/simulador",
        Text(
            "Un cuerpo de 2 MiB; dos cálculos a la vez, ocho más esperan 10 s; hasta 2 000 sorteos",
            "A body of 2 MiB; two computations at once, eight more wait 10 s; up to 2,000 draws",
        ),
    ),
    ("/prioridad", Text("Hasta 10 000 AGEB", "Up to 10,000 AGEB")),
    (
        "/tiles/{layers}/{z}",
        Text(
            "500 kB comprimida cada capa, hasta 4 capas, zoom 30",
            "500 kB compressed each layer, up to 4 layers, zoom 30",
        ),
    ),
    (
        "/tiles/{layer}.pmtiles",
        Text(
            "El archivo entero o un rango, enviado por partes",
            "The whole file or one range, sent in parts",
        ),
    ),
)  # fmt: skip


def bounds_of(path: str) -> Text:
    """Return what an answer of an address may cost, by the template of its route."""
    fitting = [item for item in _BOUNDS if path.startswith(item[0])]
    return max(fitting, key=lambda item: len(item[0]))[1]
