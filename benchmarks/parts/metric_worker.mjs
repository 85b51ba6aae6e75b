// The competitors that live in Node, served as metric_worker.py serves the others: node metric_worker.mjs PACKAGES NAME [OUT]
import fs from "node:fs";
import readline from "node:readline";
import { createRequire } from "node:module";

const [packages, name, out] = process.argv.slice(2);
const require = createRequire(packages + "/");

// A .npy array (height, width, 3) as the RGBA buffer that these packages take.
function rgba(path) {
  const file = fs.readFileSync(path);
  const header = file.readUInt16LE(8);
  const [height, width] = /shape': \((\d+), (\d+)/.exec(file.toString("latin1", 10, 10 + header)).slice(1).map(Number);
  const samples = file.subarray(10 + header);
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0, j = 0; i < width * height; i++, j += 4) {
    data[j] = samples[3 * i];
    data[j + 1] = samples[3 * i + 1];
    data[j + 2] = samples[3 * i + 2];
  }
  return { data, width, height };
}

const competitors = {
  "blazediff-ssim": (a, b) => {
    const { msssim } = require("@blazediff/ssim/msssim");
    const [first, second] = [rgba(a), rgba(b)];
    return async () => msssim(first.data, second.data, undefined, first.width, first.height);
  },
  blazediff: (a, b) => {
    const { compare, hasNativeBinding } = require("@blazediff/bin");
    if (!hasNativeBinding()) throw new Error("@blazediff/bin has no native binding here");
    return async () => (await compare(a, b)).diffPercentage ?? 0;
  },
  odiff: (a, b) => {
    const { ODiffServer } = require("odiff-bin");
    globalThis.server ??= new ODiffServer();
    return async () => (await globalThis.server.compare(a, b, out)).diffPercentage ?? 0;
  },
};

let run = null;
for await (const line of readline.createInterface({ input: process.stdin })) {
  let answer = {};
  if (line.trim()) {
    const told = JSON.parse(line);
    run = competitors[name](told.a, told.b);
    await run();
  } else {
    const start = process.hrtime.bigint();
    const value = await run();
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    answer = { seconds, value, peak: process.resourceUsage().maxRSS * 1024 };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
globalThis.server?.stop();
