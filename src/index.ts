/** The public door: what a program of typed modules is written with. */
export {
  command,
  contract,
  event,
  isError,
  query,
  type CallOptions,
  type Client,
  type Contract,
  type Input,
  type Operation,
  type Output,
  type Schema,
} from "./contract/contract.ts";
export {
  CallError,
  errorCodes,
  isAbsence,
  SeamlineError,
  type ErrorCode,
  type TransportCode,
} from "./contract/errors.ts";
export { fetchHandler, type FetchHandler } from "./edge/fetch.ts";
export {
  app,
  type App,
  type AppDefinition,
  type IdentityOperation,
  type SeedAccess,
  type SeedProgram,
} from "./module/app.ts";
export {
  module,
  store,
  type Caller,
  type EventInfo,
  type Log,
  type Module,
  type ReadStore,
  type StoreDefinition,
  type User,
} from "./module/module.ts";
export type {
  Findings,
  Invariant,
  InvariantAccess,
  InvariantProgram,
  Violation,
  ViolationKind,
} from "./module/invariants.ts";
export { program, type Program, type ProgramAddress, type ProgramHost, type StartedProgram } from "./module/program.ts";
export type { DeadLetter, Flow, JournalEntry, SagaTrouble, SagaView } from "./module/saga.ts";
export {
  scenario,
  type Chance,
  type Exchange,
  type Look,
  type Feature,
  type Newcomer,
  type Scenario,
  type ScenarioAnswer,
  type ScenarioRequest,
  type Step,
} from "./module/scenario.ts";
export { pages, type PageContext, type Pages, type Site } from "./module/pages.ts";
export { microservices, monolith, topology, type Topology } from "./topology/topology.ts";
