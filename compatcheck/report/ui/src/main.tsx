import { render } from "preact";
import { App } from "./app";
import { readJson, readReport } from "./data";
import type { Index } from "./types";

const index = readJson<Index>("report-data");
const root = document.getElementById("app");
if (index && root) render(<App report={readReport(index)} />, root);
