import { number, type Unit } from "./format.ts";
import type { FaultReport, Measured, Report } from "./report.ts";
import type { Said } from "./sentences.ts";
import { difference, type Spread } from "./statistics.ts";
import { harmOf, isLess, pairOf, type Pair } from "./verdict.ts";

/** A measured fact that speaks against one side, or against neither. */
export interface Evidence extends Said {
  readonly against: "microservices" | "monolith" | "neither";
}

interface Fact extends Said {
  readonly of: (measured: Measured) => Spread | null;
  readonly unit: Unit;
  /** Whether more of it is better. */
  readonly more?: boolean;
}

const facts: readonly Fact[] = [
  { en: "median latency", ko: "지연 시간 중앙값", of: ({ latency }) => latency.p50, unit: "ms" },
  { en: "p95 latency", ko: "p95 지연 시간", of: ({ latency }) => latency.p95, unit: "ms" },
  { en: "p99 latency", ko: "p99 지연 시간", of: ({ latency }) => latency.p99, unit: "ms" },
  {
    en: "throughput",
    ko: "처리량",
    // Where more was not tried, nobody knows how much it bears.
    of: ({ throughput }) => (throughput.atLeast ? null : throughput.perSecond),
    unit: "perSecond",
    more: true,
  },
  {
    en: "CPU per 1,000 good requests",
    ko: "정상 요청 1,000건당 CPU",
    of: ({ cost }) => cost.cpuSeconds.total,
    unit: "seconds",
  },
  { en: "memory (PSS)", ko: "메모리(PSS)", of: ({ cost }) => cost.memoryBytes.total, unit: "bytes" },
  { en: "start", ko: "시작 시간", of: ({ cost }) => cost.startMs, unit: "ms" },
];

/** What speaks against microservices and what against the monolith, like for like: with guards, or else both without. */
export function evidence(report: Report): Evidence[] {
  const pair = pairOf(report, "guarded") ?? pairOf(report, "naive");
  if (pair === null) return [];
  const { monolith, split } = pair;
  const [a, b] = [monolith.measured, split.measured];
  if (a === "invalid" || b === "invalid") return [];
  const measured = facts.flatMap((fact) => stated(fact, fact.of(a), fact.of(b)));
  const felt = report.faults.flatMap((fault) => harmed(fault, pair));
  return [...felt, ...measured, parts(pair)];
}

function stated(fact: Fact, monolith: Spread | null, split: Spread | null): Evidence[] {
  if (monolith === null || split === null) return [];
  const differs = difference(split, monolith);
  const [a, b] = [number(monolith.value, fact.unit), number(split.value, fact.unit)];
  if (differs === "none")
    return [
      { against: "neither", en: `${fact.en}: ${a} and ${b}, no difference`, ko: `${fact.ko}: ${a}, ${b}로 차이 없음` },
    ];
  const against = (differs === "higher") === (fact.more ?? false) ? "monolith" : "microservices";
  const times = monolith.value === 0 ? "" : ` (${number(split.value / monolith.value, "ratio")})`;
  return [
    {
      against,
      en: `${fact.en}: ${a} in the monolith, ${b} in microservices${times}`,
      ko: `${fact.ko}: 모놀리스 ${a}, 마이크로서비스 ${b}${times}`,
    },
  ];
}

function harmed(fault: FaultReport, { monolith, split }: Pair): Evidence[] {
  const [a, b] = [harmOf(fault, monolith.name)?.byRequests, harmOf(fault, split.name)?.byRequests];
  if (!a || !b) return [];
  const against = isLess(b, a) ? "monolith" : isLess(a, b) ? "microservices" : "neither";
  const [lostA, lostB] = [a, b].map(({ value }) => number(Math.max(0, value), "share"));
  const [en, ko] = against === "neither" ? [", no difference", ", 차이 없음"] : ["", ""];
  return [
    {
      against,
      en: `${fault.id}: good requests lost ${lostA} in the monolith, ${lostB} in microservices${en}`,
      ko: `${fault.id}: 잃은 정상 요청 모놀리스 ${lostA}, 마이크로서비스 ${lostB}${ko}`,
    },
  ];
}

function parts({ monolith, split }: Pair): Evidence {
  const [a, b] = [monolith.deployables, split.deployables];
  return {
    against: "microservices",
    en: `parts to deploy and watch: ${a} in the monolith, ${b} in microservices`,
    ko: `배포하고 지켜볼 것: 모놀리스 ${a}개, 마이크로서비스 ${b}개`,
  };
}
