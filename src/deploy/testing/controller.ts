import { topology } from "../../topology/topology.ts";
import { deploy } from "../deploy.ts";
import small from "./app.ts";

/** Brings the small app up in argv[2], prints the pids of all that runs, and waits to be killed. */
const deployment = await deploy({
  app: small,
  appUrl: new URL("./app.ts", import.meta.url).href,
  topology: topology({ processes: { notes: { modules: ["notes"] }, labels: { modules: ["labels"] } } }),
  topologyName: "test",
  directory: process.argv[2]!,
  durable: false,
  entry: new URL("./child.ts", import.meta.url),
});
console.log(JSON.stringify([...deployment.processes(), ...deployment.databases()].map(({ pid }) => pid)));
setInterval(() => {}, 1000);
