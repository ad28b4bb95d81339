import type { Availability } from "./availability.ts";
import { absent, figure, number, type Language, type Unit } from "./format.ts";
import type { ColumnReport, FaultReport, Harm, Measured, Report } from "./report.ts";
import { isSpread, type Figure } from "./statistics.ts";
import type { Distrust } from "./validity.ts";
import { words, type WordKey } from "./words.ts";

/** Tables of a report in one language, which the terminal and the page lay out each in its way. */
export interface Table {
  /** The first cell of each row is its heading. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const distrust = {
  nothing: "whyNothing",
  dropped: "whyDropped",
  unwatched: "whyUnwatched",
  loop: "whyLoop",
} as const satisfies Record<Distrust, WordKey>;

export function validityTable({ columns }: Report, language: Language): Table {
  const t = words[language];
  return {
    head: [t.column, t.guards, t.data, t.deployables, t.planned, t.dropped, t.late, t.loop, t.verdict],
    rows: columns.map(({ name, guards, data, deployables, validity }) => {
      const { valid, planned, dropped, late, loopP99Ms, why } = validity;
      return [
        ...[name, guards, data, String(deployables), String(planned), String(dropped), String(late)],
        loopP99Ms === null ? absent : number(loopP99Ms, "ms"),
        valid ? t.valid : `${t.invalid}: ${whyInvalid(why, language)}`,
      ];
    }),
  };
}

export function whyInvalid(why: readonly Distrust[], language: Language): string {
  return why.map((each) => words[language][distrust[each]]).join(", ");
}

type Row = readonly [label: string, unit: Unit, of: (measured: Measured) => Figure];

export function baselineTable({ columns }: Report, language: Language): Table {
  const t = words[language];
  const row = ([label, unit, of]: Row): string[] => [
    label,
    ...columns.map(({ measured }) => (measured === "invalid" ? t.invalid : figure(of(measured), unit, language))),
  ];
  const ofUsers = (of: (availability: Availability) => string): string[] =>
    columns.map(({ measured }) =>
      measured === "invalid" ? t.invalid : measured.availability === null ? absent : of(measured.availability),
    );
  const rows: Row[] = [
    ["p50", "ms", ({ latency }) => latency.p50],
    ["p95", "ms", ({ latency }) => latency.p95],
    ["p99", "ms", ({ latency }) => latency.p99],
    [`${t.splitTax} p50`, "ratio", ({ splitTax }) => splitTax?.p50 ?? null],
    [`${t.splitTax} p95`, "ratio", ({ splitTax }) => splitTax?.p95 ?? null],
    [t.wire, "ms", ({ calls }) => calls.wireMs],
    [t.perRequest, "count", ({ calls }) => calls.perRequest],
    [t.cpu, "seconds", ({ cost }) => cost.cpuSeconds.total],
    [`  ${t.app}`, "seconds", ({ cost }) => cost.cpuSeconds.app],
    [`  ${t.database}`, "seconds", ({ cost }) => cost.cpuSeconds.database],
    [t.memory, "bytes", ({ cost }) => cost.memoryBytes.total],
    [`  ${t.app}`, "bytes", ({ cost }) => cost.memoryBytes.app],
    [`  ${t.database}`, "bytes", ({ cost }) => cost.memoryBytes.database],
    [t.start, "ms", ({ cost }) => cost.startMs],
  ];
  const throughput = columns.map(({ measured }) => {
    if (measured === "invalid") return t.invalid;
    const { perSecond, atLeast } = measured.throughput;
    return `${atLeast && perSecond !== null ? "≥ " : ""}${figure(perSecond, "perSecond", language)}`;
  });
  const change = columns.map(({ changedFiles, changedLines }) => `${changedFiles} / ${changedLines}`);
  return {
    head: [t.measure, ...columns.map(({ name }) => name)],
    rows: [
      [t.availability, ...ofUsers(share)],
      [t.refused, ...ofUsers(({ refused }) => String(refused))],
      ...rows.map(row),
      [t.throughput, ...throughput],
      [t.change, ...change],
    ],
  };
}

export function featureTable(report: Report, language: Language): Table {
  const t = words[language];
  const cell = ({ measured }: ColumnReport, name: string): string => {
    if (measured === "invalid") return t.invalid;
    const found = measured.features.find(({ feature }) => feature === name);
    return found === undefined ? absent : `${share(found.availability)} · ${figure(found.latency.p95, "ms", language)}`;
  };
  return {
    head: [t.feature, ...report.columns.map(({ name }) => name)],
    rows: report.run.features.map(({ name, says }) => [
      says[language],
      ...report.columns.map((column) => cell(column, name)),
    ]),
  };
}

export interface Glance extends Table {
  /** By row and column, what a bar shows: from 0, nothing, to 1. null: no bar. */
  readonly shares: readonly (readonly (number | null)[])[];
}

/** What counts most, on top of everything: what each fault took, and what each column costs. */
export function glanceTable({ columns, faults }: Report, language: Language): Glance {
  const t = words[language];
  const taken = faults.map(({ id, columns: struck }) => ({
    label: `${id}: ${t.lostTo}`,
    unit: "share" as Unit,
    figures: columns.map(({ name }): Figure => {
      const harm = struck.find(({ column }) => column === name)?.harm ?? null;
      return harm === null || harm === "invalid" ? harm : harm.byRequests;
    }),
  }));
  const costs = ([label, unit, of]: Row) => ({
    label,
    unit,
    figures: columns.map(({ measured }) => (measured === "invalid" ? measured : of(measured))),
  });
  const rows = [
    ...taken,
    costs([`${t.baseline}: p95`, "ms", ({ latency }) => latency.p95]),
    costs([t.memory, "bytes", ({ cost }) => cost.memoryBytes.total]),
    costs([t.cpu, "seconds", ({ cost }) => cost.cpuSeconds.total]),
  ];
  return {
    head: ["", ...columns.map(({ name }) => name)],
    rows: rows.map(({ label, unit, figures }) => [label, ...figures.map((each) => figure(each, unit, language))]),
    shares: rows.map(({ unit, figures }) => sharesOf(unit, figures)),
  };
}

/** Of all, where they are shares of something; else of the greatest. */
function sharesOf(unit: Unit, figures: readonly Figure[]): (number | null)[] {
  const values = figures.map((each) => (isSpread(each) ? Math.max(0, each.value) : null));
  const most = unit === "share" ? 1 : Math.max(...values.map((each) => each ?? 0));
  return values.map((each) => (each === null || most === 0 ? null : each / most));
}

type FaultRow = readonly [label: string, of: (harm: Harm) => string];

export function faultTable({ run }: Report, fault: FaultReport, language: Language): Table {
  const t = words[language];
  const row = ([label, of]: FaultRow): string[] => [
    label,
    ...fault.columns.map(({ harm, failed, repetitions }) => {
      if (repetitions === 0 && failed.length > 0) return t.failed;
      return harm === "invalid" ? t.invalid : of(harm);
    }),
  ];
  const figures = (of: (harm: Harm) => Figure, unit: Unit) => (harm: Harm) => figure(of(harm), unit, language);
  const some = (value: number | undefined): string => (value === undefined ? absent : String(value));
  const features = run.features.map(({ name, says }): FaultRow => [
    says[language],
    ({ features: harmed }) => {
      const found = harmed.find(({ feature }) => feature === name);
      return found === undefined ? absent : `${found.affected ? "■" : "●"} ${share(found.fault)}`;
    },
  ]);
  const rows: FaultRow[] = [
    ...features,
    [t.byFeatures, (harm) => `${figure(harm.byFeatures, "share", language)}${affected(harm)}`],
    [t.byRequests, figures(({ byRequests }) => byRequests, "share")],
    [t.outage, figures(({ outageMs }) => outageMs, "ms")],
    [t.recovery, (harm) => recovered(harm, language)],
    [t.restart, figures(({ restartMs }) => restartMs, "ms")],
    [`${t.amplification} p50`, figures(({ amplification }) => amplification.p50, "ratio")],
    [`${t.amplification} p99`, figures(({ amplification }) => amplification.p99, "ratio")],
    [`  ${t.answers}`, ({ amplification }) => String(amplification.answers)],
    [t.degraded, ({ availability }) => some(availability?.degraded)],
    [t.refused, ({ availability }) => some(availability?.refused)],
    [t.fast, ({ availability, fastFailureMs }) => failures(availability?.fast, fastFailureMs)],
    [t.late, ({ availability }) => some(availability?.late)],
    [t.timeouts, ({ availability }) => some(availability?.timeouts)],
  ];
  return { head: [t.during, ...fault.columns.map(({ column }) => column)], rows: rows.map(row) };
}

function affected({ features, byFeatures }: Harm): string {
  return byFeatures === null ? "" : ` = ${features.filter((each) => each.affected).length}/${features.length}`;
}

function failures(count: number | undefined, medianMs: number | null): string {
  if (count === undefined) return absent;
  return medianMs === null ? String(count) : `${count} (p50 ${number(medianMs, "ms")})`;
}

function recovered({ recoveryMs, resolutionMs, notRecovered }: Harm, language: Language): string {
  const t = words[language];
  const text = recoveryMs === null && notRecovered > 0 ? "" : figure(recoveryMs, "ms", language);
  const within = recoveryMs === null || resolutionMs === null ? "" : `, ${t.resolution} ${number(resolutionMs, "ms")}`;
  const not = notRecovered > 0 ? `${t.notRecovered} ×${notRecovered}` : "";
  return [text + within, not].filter((each) => each !== "").join(", ");
}

/** "99.2 % (98.7–99.6)": with the interval in which it lies with 95 %. */
function share(value: Availability): string {
  const range = [value.low, value.high].map((each) => number(each, "share").replace(/ %$/, ""));
  return `${number(value.share, "share")} (${range.join("–")})`;
}

/** The busiest operations come first; more than these are for the JSON. */
const shownCalls = 20;

export function callTable({ columns }: Report, language: Language): Table | null {
  const t = words[language];
  const rows = columns.flatMap(({ name, measured }) => {
    if (measured === "invalid") return [];
    return measured.calls.seams.slice(0, shownCalls).map((seam) => {
      const ms = (value: number | null): string => (value === null ? absent : number(value, "ms"));
      const call = `${seam.from} → ${seam.to}.${seam.operation}`;
      const counts = [String(seam.calls), String(seam.failed)];
      return [name, call, t[seam.binding], ...counts, ms(seam.p50Ms), ms(seam.p95Ms), ms(seam.wireMs)];
    });
  });
  const head = [t.column, t.call, t.binding, t.count, t.bad, "p50", "p95", t.wire];
  return rows.length === 0 ? null : { head, rows };
}

export function madeTable({ run }: Report, language: Language): Table {
  const t = words[language];
  const pairs = (of: Readonly<Record<string, string | number>>): string =>
    Object.entries(of)
      .map(([key, value]) =>
        key.endsWith("Bytes") ? `${key.slice(0, -5)} ${number(Number(value), "bytes")}` : `${key} ${value}`,
      )
      .join(", ");
  return {
    head: [],
    rows: [
      [t.command, run.command],
      [t.scenario, `${run.app} · ${run.scenario}`],
      [t.rate, number(run.rate, "perSecond")],
      [t.repetitions, String(run.repetitions)],
      [t.seed, String(run.seed)],
      [t.machine, pairs(run.machine)],
      [t.versions, pairs(run.versions)],
      [t.revision, run.git ?? absent],
      [t.started, run.startedAt],
    ],
  };
}
