import { formatHash, type Route } from "../route";
import type { Row } from "../types";

export function pairHash(route: Route, row: Row, finding = ""): string {
  return formatHash({ ...route, pair: { page: row.page.id, device: row.device.id }, finding, zoom: null, split: null });
}
