import { storeSuite } from "../../test/suites/store.suite.ts";
import { dataTopologies } from "../topology/topology.ts";

for (const topology of dataTopologies) storeSuite(topology);
