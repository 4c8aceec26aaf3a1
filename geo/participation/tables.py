"""Names of the tables that hold what was measured of participation."""

CORRELATIONS = "participacion_correlaciones"
GLOBAL = "participacion_moran"
LINKS = "participacion_enlaces"
MODELS = "participacion_modelos"
COEFFICIENTS = "participacion_coeficientes"
TESTS = "participacion_pruebas"
TYPES = "participacion_tipos"
TABLES = (CORRELATIONS, GLOBAL, LINKS, MODELS, COEFFICIENTS, TESTS, TYPES)
