// What a search asks, and how the address holds it: para=infancia&edad=2-6&der=imss,issste&desde=lat,lon&texto=…&todos=1

/** What a person looks for, and from where. */
export interface Search {
  group: "infancia" | "mayores" | "discapacidad";
  years: number | null;
  months: number | null;
  disability: string;
  entitlements: string[];
  at: [number, number] | null; // longitude, latitude
  text: string;
  unfit: boolean;
}

export function readSearch(held: URLSearchParams): Search {
  const group = held.get("para");
  const [years = "", months = ""] = (held.get("edad") ?? "").split("-");
  const whole = (text: string, most: number): number | null =>
    /^\d{1,3}$/.test(text) && Number(text) <= most ? Number(text) : null;
  const [latitude = NaN, longitude = NaN] = (held.get("desde") ?? "").split(",").map(Number);
  const placed = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && held.has("desde");
  return {
    group: group === "mayores" || group === "discapacidad" ? group : "infancia",
    years: whole(years, 130),
    months: whole(months, 11),
    disability: held.get("disc") ?? "si",
    entitlements: (held.get("der") ?? "").split(",").filter((name) => /^[a-z_]{1,20}$/.test(name)),
    at: placed ? [longitude, latitude] : null,
    text: (held.get("texto") ?? "").slice(0, 200),
    unfit: held.get("todos") === "1",
  };
}

export function writeSearch(search: Search): [string, string][] {
  const parts: [string, string][] = [["para", search.group]];
  if (search.years !== null || search.months !== null) {
    parts.push(["edad", `${search.years ?? 0}${search.months === null ? "" : `-${search.months}`}`]);
  }
  if (search.group === "discapacidad" && search.disability !== "si") parts.push(["disc", search.disability]);
  if (search.entitlements.length > 0) parts.push(["der", search.entitlements.join(",")]);
  if (search.at) parts.push(["desde", `${search.at[1].toFixed(5)},${search.at[0].toFixed(5)}`]);
  if (search.text.trim()) parts.push(["texto", search.text.trim()]);
  if (search.unfit) parts.push(["todos", "1"]);
  return parts;
}
