import { SeamlineError } from "../contract/errors.ts";
import type { RunLine } from "../record/recording.ts";
import { figure, type Language, type Unit } from "./format.ts";
import { measureNames, measuresOf, ofFault, ofFeature, type MeasureName } from "./measures.ts";
import type { Report } from "./report.ts";
import { isSpread, type Figure } from "./statistics.ts";
import { words } from "./words.ts";

/**
 * A file of hypotheses: what somebody believes about a run, one sentence a line, so that a run can fail a build.
 *
 *     # What must hold when the reviews die
 *     main page ≥ 99 % during crash:reviews
 *     [microservices guarded] blast radius ≤ 40 % during crash:reviews
 *     p95 of search ≤ 300 ms in baseline
 *     recovery ≤ 3 s after crash:reviews
 *     lost = 0
 *
 * A line without a column in brackets is about every column. What was invalid or not measured does not hold.
 */
export interface Hypothesis {
  readonly line: number;
  readonly text: string;
  /** null: every one. */
  readonly column: string | null;
  readonly name: MeasureName;
  readonly feature: string | null;
  readonly fault: string | null;
  readonly operator: Operator;
  /** In the measure's unit: shares as 0 to 1, durations in ms. */
  readonly limit: number;
}

type Operator = "≥" | "≤" | "<" | ">" | "=";

interface Known {
  readonly columns: readonly { readonly name: string }[];
  readonly features: readonly Pick<RunLine["features"][number], "name" | "says">[];
  readonly faults: readonly { readonly id: string }[];
}

/** @param file what errors call it @throws SeamlineError `hypotheses_invalid` that names the line and what there is */
export function parseHypotheses(text: string, known: Known, file: string): Hypothesis[] {
  return text.split(/\r?\n/).flatMap((raw, at) => {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line === "") return [];
    const refuse = (why: string): never => {
      throw new SeamlineError("hypotheses_invalid", `${file}, line ${at + 1}: ${why}. It says: ${line}`, {
        data: { file, line: at + 1 },
      });
    };
    return { line: at + 1, text: line, ...parse(line, known, refuse) };
  });
}

type Refuse = (why: string) => never;

const shape =
  /^(?:\[(?<column>[^\]]+)\]\s*)?(?<subject>.+?)\s*(?<operator>≥|≤|>=|<=|<|>|=)\s*(?<limit>\d+(?:\.\d+)?)\s*(?<unit>%|ms|s|MB|x|×|\/s)?(?:\s+(?:in\s+(?<baseline>baseline)|(?:during|after)\s+(?<fault>\S+)))?$/;

function parse(line: string, known: Known, refuse: Refuse): Omit<Hypothesis, "line" | "text"> {
  const found = shape.exec(line)?.groups;
  if (!found) return refuse(`write "[column] figure ≥ 99 % during FAULT"; the column and "during" may be left out`);
  const column = found["column"]?.trim() ?? null;
  oneOf(
    column,
    known.columns.map(({ name }) => name),
    "column",
    refuse,
  );
  const fault = found["fault"] ?? null;
  oneOf(
    fault,
    known.faults.map(({ id }) => id),
    "fault",
    refuse,
  );
  const { name, feature } = subjectOf(found["subject"]!, known, refuse);
  if (ofFault.includes(name) !== (fault !== null) && !ofFeature.includes(name))
    refuse(
      fault === null
        ? `"${name}" is of a fault; add "during FAULT"`
        : `"${name}" is not of a fault; leave out "${fault}"`,
    );
  const operator = found["operator"]!.replace(">=", "≥").replace("<=", "≤") as Operator;
  const limit = toUnit(Number(found["limit"]), found["unit"], name, refuse);
  return { column, name, feature, fault, operator, limit };
}

function oneOf(given: string | null, names: readonly string[], what: string, refuse: Refuse): void {
  if (given !== null && !names.includes(given))
    refuse(
      `there is no ${what} "${given}"; ${names.length === 0 ? "the run has none" : `there are ${names.join(", ")}`}`,
    );
}

/** "p95 of search", "blast radius", or the name of a feature, whose availability is meant. */
function subjectOf(subject: string, { features }: Known, refuse: Refuse): Pick<Hypothesis, "name" | "feature"> {
  const plain = subject.toLowerCase().replace(/\s+/g, " ");
  const whole = plain === "blast radius" ? "blast radius by requests" : plain;
  if (whole in measureNames) return { name: whole as MeasureName, feature: null };
  const [, first, rest] = /^(\S+) of (.+)$/.exec(plain) ?? [];
  const name = ofFeature.find((each) => each === first) ?? "availability";
  const asked = name === first ? rest! : plain;
  const feature = features.find((each) =>
    [each.name, each.says.en, each.says.ko].some((said) => bare(said) === bare(asked)),
  );
  if (feature !== undefined) return { name, feature: feature.name };
  const named = features.map(({ name: own, says }) => `${own} (${says.en}, ${says.ko})`).join(", ");
  return refuse(`"${subject}" is neither a figure (${Object.keys(measureNames).join(", ")}) nor a feature (${named})`);
}

function bare(text: string): string {
  return text.toLowerCase().replace(/^the /, "").trim();
}

/** What may be written behind a number, and what it is worth. */
const units: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  share: { "%": 0.01 },
  ms: { ms: 1, s: 1000 },
  seconds: { s: 1, ms: 0.001 },
  ratio: { "×": 1, x: 1, "": 1 },
  bytes: { MB: 1024 * 1024 },
  perSecond: { "/s": 1 },
  count: { "": 1 },
};

function toUnit(value: number, unit: string | undefined, name: MeasureName, refuse: Refuse): number {
  const known = units[measureNames[name][0]];
  const factor = known[unit ?? ""];
  const wanted = Object.keys(known).map((each) => (each === "" ? "no unit" : each));
  if (factor === undefined)
    return refuse(`"${name}" is written with ${wanted.join(" or ")}, not with ${unit ?? "no unit"}`);
  return value * factor;
}

export interface Judgement {
  readonly hypothesis: Hypothesis;
  readonly holds: boolean;
  readonly columns: readonly {
    readonly column: string;
    readonly figure: Figure;
    readonly verdict: "holds" | "fails" | "invalid" | "unmeasured";
  }[];
}

/** Judges each hypothesis by a report. It holds only if it holds in every column that it is about. */
export function judge(report: Report, hypotheses: readonly Hypothesis[]): Judgement[] {
  const measures = measuresOf(report);
  return hypotheses.map((hypothesis) => {
    const { column, name, feature, fault } = hypothesis;
    const asked = report.columns.filter((each) => column === null || each.name === column);
    const columns = asked.map((each) => {
      const own = measures.filter((one) => one.column === each.name && one.name === name && one.fault === fault);
      // A column that is invalid as a whole has no figures of single features.
      const found = own.find((one) => one.feature === feature) ?? own.find((one) => one.figure === "invalid");
      const figure = found?.figure ?? null;
      return { column: each.name, figure, verdict: verdictOf(figure, hypothesis) };
    });
    return { hypothesis, columns, holds: columns.length > 0 && columns.every(({ verdict }) => verdict === "holds") };
  });
}

/** What does not hold, then what does. */
export function refutedFirst(judged: readonly Judgement[]): Judgement[] {
  return judged.toSorted((a, b) => Number(a.holds) - Number(b.holds));
}

/** In which columns it does not hold, and what was found there: "monolith naive: refuted, 12 %". */
export function failings({ hypothesis: { name }, columns }: Judgement, language: Language): string[] {
  const t = words[language];
  const states = { fails: t.refuted, invalid: t.invalid, unmeasured: t.unmeasured };
  return columns.flatMap(({ column, figure: found, verdict }) => {
    if (verdict === "holds") return [];
    const value = verdict === "fails" ? `, ${figure(found, measureNames[name][0], language)}` : "";
    return `${column}: ${states[verdict]}${value}`;
  });
}

function verdictOf(figure: Figure, { operator, limit }: Hypothesis): Judgement["columns"][number]["verdict"] {
  if (!isSpread(figure)) return figure === null ? "unmeasured" : "invalid";
  // 3 of 10 against 30 % must not be decided by rounding.
  const apart = figure.value - limit;
  const same = Math.abs(apart) <= 1e-9 * Math.max(1, Math.abs(limit));
  const holds = {
    "≥": same || apart > 0,
    "≤": same || apart < 0,
    ">": !same && apart > 0,
    "<": !same && apart < 0,
    "=": same,
  };
  return holds[operator] ? "holds" : "fails";
}
