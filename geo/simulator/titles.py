"""What the figures of a run are called, for people, with their units."""

from collections.abc import Mapping

from data.texts import Text

_MN = Text("millones de pesos", "million pesos")
_JOBS = Text("empleos", "jobs")
_PLACES = Text("lugares", "places")

# Figures a run is summed up by: those of its last year, places and investment added up.
OUTCOME_TITLES: Mapping[str, tuple[Text, Text]] = {
    "new_places": (
        Text("Lugares nuevos en todo el periodo", "New places over the period"),
        _PLACES,
    ),
    "running_mn": (Text("Costo de operación, último año", "Running cost, last year"), _MN),
    "investment_mn": (Text("Inversión en todo el periodo", "Investment over the period"), _MN),
    "direct_jobs": (Text("Empleos directos, último año", "Direct jobs, last year"), _JOBS),
    "total_jobs": (Text("Empleos totales, último año", "All jobs, last year"), _JOBS),
    "women_jobs": (Text("De ellos, de mujeres", "Of them, held by women"), _JOBS),
    "total_output_mn": (Text("Producción bruta, último año", "Gross output, last year"), _MN),
    "total_value_added_mn": (Text("Valor agregado, último año", "Value added, last year"), _MN),
    "tax_revenue_mn": (Text("Recaudación bruta, último año", "Gross revenue, last year"), _MN),
    "fiscal_gap_mn": (Text("Brecha fiscal, último año", "Fiscal gap, last year"), _MN),
}
# Rows of the cost sheet and of the accounts.
ROW_TITLES: Mapping[str, tuple[Text, Text]] = {
    "coverage": (Text("Cobertura", "Coverage"), Text("proporción de usuarios", "share of users")),
    "people": (Text("Personas del grupo", "People of the group"), Text("personas", "people")),
    "demand": (Text("Usuarios potenciales", "Potential users"), Text("personas", "people")),
    "target_places": (
        Text("Lugares que pide la cobertura", "Places the coverage asks for"),
        _PLACES,
    ),
    "existing_places": (Text("Lugares de hoy", "Places of today"), _PLACES),
    "additional_places": (Text("Lugares adicionales en uso", "Additional places in use"), _PLACES),
    "costed_places": (Text("Lugares que se costean", "Places costed"), _PLACES),
    "new_places": (Text("Lugares que se abren", "Places opened"), _PLACES),
    "new_centres": (Text("Centros que se abren", "Centres opened"), Text("centros", "centres")),
    "carer_jobs": (Text("Cuidadoras", "Carers"), _JOBS),
    "professional_jobs": (Text("Profesionales", "Professionals"), _JOBS),
    "support_jobs": (Text("Apoyo", "Support workers"), _JOBS),
    "jobs": (Text("Empleos directos", "Direct jobs"), _JOBS),
    "women_jobs": (Text("De ellos, de mujeres", "Of them, held by women"), _JOBS),
    "wages_mn": (Text("Sueldos y cuotas", "Pay and charges"), _MN),
    "inputs_mn": (Text("Insumos", "Inputs"), _MN),
    "running_mn": (Text("Costo de operación", "Running cost"), _MN),
    "building_mn": (Text("Construcción", "Building"), _MN),
    "equipment_mn": (Text("Equipo", "Equipment"), _MN),
    "investment_mn": (Text("Inversión", "Investment"), _MN),
    "cost_mn": (Text("Costo bruto", "Gross cost"), _MN),
    "current_spending_mn": (Text("Gasto actual", "Current spending"), _MN),
    "direct_value_added_mn": (Text("Valor agregado directo", "Direct value added"), _MN),
    "indirect_value_added_mn": (Text("Valor agregado indirecto", "Indirect value added"), _MN),
    "induced_value_added_mn": (Text("Valor agregado inducido", "Induced value added"), _MN),
    "direct_output_mn": (Text("Producción directa", "Direct output"), _MN),
    "indirect_output_mn": (Text("Producción indirecta", "Indirect output"), _MN),
    "induced_output_mn": (Text("Producción inducida", "Induced output"), _MN),
    "direct_jobs": (Text("Empleos directos", "Direct jobs"), _JOBS),
    "indirect_jobs": (Text("Empleos indirectos", "Indirect jobs"), _JOBS),
    "induced_jobs": (Text("Empleos inducidos", "Induced jobs"), _JOBS),
    "gross_revenue_mn": (Text("Recaudación bruta", "Gross revenue"), _MN),
    "baseline_revenue_mn": (Text("Recaudación de base", "Baseline revenue"), _MN),
    "fiscal_gap_mn": (Text("Brecha fiscal", "Fiscal gap"), _MN),
}
