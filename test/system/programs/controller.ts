import board from "../../../apps/board/app.ts";
import { deploy } from "../../../src/deploy/deploy.ts";
import { topology } from "../../../src/topology/topology.ts";

/** Brings the board up in argv[2], says where, and waits to be killed. */
const deployment = await deploy({
  app: board,
  appUrl: import.meta.resolve("../../../apps/board/app.ts"),
  topology: topology(JSON.parse(process.argv[3]!)),
  topologyName: "test",
  directory: process.argv[2]!,
});
console.log(JSON.stringify(deployment.endpoints().ports));
setInterval(() => {}, 1000);
