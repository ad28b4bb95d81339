import { SeamlineError } from "../contract/errors.ts";
import type { App } from "../module/app.ts";
import type { Exchange, Scenario } from "../module/scenario.ts";
import type { LoadFeature, LoadPlan } from "./plan.ts";

/** A scenario's step, with everything that is looked up by name found. */
export interface ProgramStep {
  /** Its place among the plan's features. */
  readonly feature: number;
  readonly promiseMs: number;
  readonly requests: readonly Exchange<any>[];
  /** Its place among the first steps of a visit; -1: it is none of them. */
  readonly first: number;
}

/** A scenario, ready to be carried out. */
export interface Program {
  readonly scenario: Scenario;
  /** In the scenario's order. */
  readonly steps: readonly ProgramStep[];
  readonly first: readonly ProgramStep[];
}

/** @throws SeamlineError `usage` for a scenario, `app_invalid` for a feature that the app has not, with those it has */
export async function loadProgram({ appUrl, scenario: name, features }: LoadPlan): Promise<Program> {
  const { default: app } = (await import(appUrl)) as { default: App };
  const load = app.scenarios[name];
  if (load === undefined)
    throw new SeamlineError(
      "usage",
      `the app "${app.name}" has no scenario "${name}"; it has ${Object.keys(app.scenarios).join(", ") || "none"}`,
    );
  const { default: scenario } = await load();
  const places = new Map(features.map((feature, place) => [feature.name, place]));
  const firstNames = scenario.visit.first ?? [];
  const steps = Object.entries(scenario.steps).map(([step, { feature, requests }]): ProgramStep => {
    const place = places.get(feature);
    if (place === undefined) throw unknownFeature(step, feature, features);
    return { feature: place, promiseMs: features[place]!.promiseMs, requests, first: firstNames.indexOf(step) };
  });
  const stepNames = Object.keys(scenario.steps);
  return { scenario, steps, first: firstNames.map((step) => steps[stepNames.indexOf(step)]!) };
}

function unknownFeature(step: string, feature: string, features: readonly LoadFeature[]): SeamlineError {
  const known = features.map(({ name }) => name).join(", ");
  return new SeamlineError(
    "app_invalid",
    `the scenario's step "${step}" has the feature "${feature}"; the app's features are ${known || "none"}`,
  );
}
