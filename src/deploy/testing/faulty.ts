import { existsSync, readdirSync, readFileSync } from "node:fs";
import { topology } from "../../topology/topology.ts";
import { deploy } from "../deploy.ts";
import small from "./app.ts";

/**
 * Brings the small app up in argv[2] with proxied links, applies the faults in argv[3] (JSON), prints all pids below it,
 * and waits to be killed.
 */
const deployment = await deploy({
  app: small,
  appUrl: new URL("./app.ts", import.meta.url).href,
  topology: topology({ processes: { notes: { modules: ["notes"] }, labels: { modules: ["labels"] } } }),
  topologyName: "test",
  directory: process.argv[2]!,
  durable: false,
  links: "proxied",
  entry: new URL("./child.ts", import.meta.url),
});
for (const spec of JSON.parse(process.argv[3]!)) await deployment.faults.apply(spec);
console.log(JSON.stringify(below(process.pid)));
setInterval(() => {}, 1000);

function below(pid: number): number[] {
  if (!existsSync(`/proc/${pid}/task`)) return [];
  return readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, "latin1")
      .split(" ")
      .filter(Boolean)
      .map(Number);
    return children.flatMap((child) => [child, ...below(child)]);
  });
}
