// Builds ../html/assets/report.js and report.css (or into the folder given). The same sources and lock file give the same bytes.
// `assets/sources.json` keeps a hash of the sources, so that a test without Node can tell a stale build.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const assets = resolve(process.argv[2] ?? join(here, "../html/assets"));

const options = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  target: ["chrome123", "firefox120", "safari17.5"],
  logLevel: "warning",
};
await build({
  ...options,
  entryPoints: ["src/main.tsx"],
  format: "iife",
  jsx: "automatic",
  jsxImportSource: "preact",
  outfile: join(assets, "report.js"),
});
await build({ ...options, entryPoints: ["src/styles/report.css"], outfile: join(assets, "report.css") });

const files = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();
const hash = createHash("sha256");
for (const file of [...files, join(here, "package-lock.json"), join(here, "build.mjs")]) hash.update(readFileSync(file));
writeFileSync(join(assets, "sources.json"), JSON.stringify({ sha256: hash.digest("hex") }) + "\n");
