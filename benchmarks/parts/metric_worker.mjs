// odiff's server, driven from Node and served as metric_worker.py serves the others: node metric_worker.mjs PACKAGES odiff OUT
import readline from "node:readline";
import { createRequire } from "node:module";

const [packages, , out] = process.argv.slice(2);
const { ODiffServer } = createRequire(packages + "/")("odiff-bin");
const server = new ODiffServer();

let compare = null;
for await (const line of readline.createInterface({ input: process.stdin })) {
  let answer = {};
  if (line.trim()) {
    const { a, b } = JSON.parse(line);
    compare = async () => (await server.compare(a, b, out)).diffPercentage ?? 0;
    await compare();
  } else {
    const start = process.hrtime.bigint();
    const value = await compare();
    answer = { seconds: Number(process.hrtime.bigint() - start) / 1e9, value, peak: 0 };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
server.stop();
