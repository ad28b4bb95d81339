import { number, type Language } from "./format.ts";
import type { FaultReport, Report } from "./report.ts";
import type { Spread } from "./statistics.ts";
import { cellsOf, harmOf, isLess, isWeak, pairOf, verdictOf, type Cells, type Verdict } from "./verdict.ts";

export type Said = Readonly<Record<Language, string>>;

export interface FaultSentence extends Said {
  readonly verdict: Verdict;
}

/** What a fault means, in words. */
export function sentence(report: Report, fault: FaultReport): FaultSentence {
  const cells = cellsOf(report, fault);
  const verdict = verdictOf(cells);
  const said = verdict === "unknown" ? unknown(report, fault) : verdicts[verdict](shares(cells));
  const more = [said, ...(verdict === "unknown" || verdict === "unfelt" ? [] : [back(report, fault)]), once(cells)];
  const joined = (language: Language): string => more.flatMap((each) => each?.[language] ?? []).join(" ");
  return { verdict, en: joined("en"), ko: joined("ko") };
}

interface Shares {
  readonly mn: string;
  readonly mg: string;
  readonly sg: string;
  /** What the split did without guards; "" where it was not tried. */
  readonly alone: Said | null;
}

function shares({ naiveMonolith, guardedMonolith, naiveSplit, guardedSplit }: Cells): Shares {
  const text = (spread: Spread): string => number(Math.max(0, spread.value), "share");
  return {
    mn: text(naiveMonolith!),
    mg: text(guardedMonolith!),
    sg: text(guardedSplit!),
    alone:
      naiveSplit === null
        ? null
        : isLess(naiveSplit, naiveMonolith!)
          ? helped(text(naiveSplit))
          : idle(text(naiveSplit)),
  };
}

const helped = (share: string): Said => ({
  en: ` Without guards the split lost ${share}.`,
  ko: ` 방어 없이 나누기만 해도 ${share}만 잃었습니다.`,
});

const idle = (share: string): Said => ({
  en: ` The split without guards saved nothing: it lost ${share}.`,
  ko: ` 방어 없이 나누기만 한 것은 아무것도 살리지 못했습니다: ${share}를 잃었습니다.`,
});

/** Each says what share of good requests was lost. */
const verdicts: Record<Exclude<Verdict, "unknown">, (shares: Shares) => Said> = {
  unfelt: () => ({
    en: "Nobody felt it: in no architecture was a whole point of good requests lost.",
    ko: "아무도 느끼지 못했습니다: 어느 구조에서도 정상 요청을 1포인트도 잃지 않았습니다.",
  }),
  split: ({ mn, mg, sg }) => ({
    en: `Only the split helped: microservices lost ${sg} of good requests, the monolith ${mg} with guards and ${mn} without.`,
    ko: `나누는 것만이 도움이 되었습니다: 잃은 정상 요청은 마이크로서비스 ${sg}, 모놀리스는 방어를 켜고 ${mg}, 끄고 ${mn}입니다.`,
  }),
  guards: ({ mn, mg, sg, alone }) => ({
    en: `Guards helped as much as the split: with guards the monolith lost ${mg} of good requests and microservices ${sg}, which is no difference; without guards the monolith lost ${mn}.${alone?.en ?? ""}`,
    ko: `방어가 나누는 것만큼 도움이 되었습니다: 방어를 켜면 잃은 정상 요청이 모놀리스 ${mg}, 마이크로서비스 ${sg}로 차이가 없습니다. 방어가 없는 모놀리스는 ${mn}를 잃었습니다.${alone?.ko ?? ""}`,
  }),
  both: ({ mn, mg, sg, alone }) => ({
    en: `Guards helped and the split helped more: the monolith lost ${mn} of good requests, ${mg} with guards; microservices with guards lost ${sg}.${alone?.en ?? ""}`,
    ko: `방어도 도움이 되었고 나누는 것은 더 도움이 되었습니다: 잃은 정상 요청은 모놀리스 ${mn}, 방어를 켜면 ${mg}, 방어를 켠 마이크로서비스는 ${sg}입니다.${alone?.ko ?? ""}`,
  }),
  worse: ({ mg, sg }) => ({
    en: `The split made it worse: with guards on both sides microservices lost ${sg} of good requests, the monolith ${mg}.`,
    ko: `나눈 것이 더 나빴습니다: 양쪽 모두 방어를 켰을 때 잃은 정상 요청은 마이크로서비스 ${sg}, 모놀리스 ${mg}입니다.`,
  }),
  same: ({ mn, mg, sg }) => ({
    en: `Neither guards nor the split helped: the monolith lost ${mn} of good requests, ${mg} with guards, microservices ${sg}: no difference.`,
    ko: `방어도 나누는 것도 도움이 되지 않았습니다: 잃은 정상 요청은 모놀리스 ${mn}, 방어를 켜고 ${mg}, 마이크로서비스 ${sg}로 차이가 없습니다.`,
  }),
};

function unknown(report: Report, fault: FaultReport): Said {
  const invalid = report.columns.filter(({ measured }) => measured === "invalid").map(({ name }) => name);
  const failed = fault.columns.filter((each) => each.failed.length > 0).map(({ column }) => column);
  if (invalid.length > 0)
    return {
      en: `Nothing can be said: the load was invalid on ${invalid.join(", ")}.`,
      ko: `말할 수 있는 것이 없습니다: 부하가 무효인 열이 있습니다(${invalid.join(", ")}).`,
    };
  if (failed.length > 0)
    return {
      en: `Nothing can be said: the fault could not be applied to ${failed.join(", ")}.`,
      ko: `말할 수 있는 것이 없습니다: 장애를 일으키지 못한 열이 있습니다(${failed.join(", ")}).`,
    };
  const weak = report.columns.filter(isWeak).map(({ name }) => name);
  if (weak.length > 0)
    return {
      en: `Nothing can be said: without the fault, too, requests failed on ${weak.join(", ")}.`,
      ko: `말할 수 있는 것이 없습니다: 장애가 없을 때에도 요청이 실패한 열이 있습니다(${weak.join(", ")}).`,
    };
  return (
    twoOnly(cellsOf(report, fault)) ?? {
      en: "The monolith with and without guards and a guarded split are needed to say what helped; see the figures.",
      ko: "무엇이 도움이 되었는지 말하려면 방어를 켠 모놀리스와 끈 모놀리스, 방어를 켜고 나눈 것이 모두 있어야 합니다. 수치를 보십시오.",
    }
  );
}

/** Where only one like-for-like pair was compared, that can be said, and no more. */
function twoOnly({ guardedMonolith, guardedSplit, naiveMonolith, naiveSplit }: Cells): Said | null {
  const guarded = guardedMonolith !== null && guardedSplit !== null;
  const [a, b] = guarded ? [guardedMonolith, guardedSplit] : [naiveMonolith, naiveSplit];
  if (a === null || b === null) return null;
  const [lostA, lostB] = [a, b].map(({ value }) => number(Math.max(0, value), "share"));
  const differs = isLess(a, b) || isLess(b, a);
  const sides = guarded ? { en: "With", ko: "켠" } : { en: "Without", ko: "끈" };
  return {
    en: `${sides.en} guards on both sides the monolith lost ${lostA} of good requests, microservices ${lostB}${differs ? "" : ": no difference"}.`,
    ko: `양쪽 모두 방어를 ${sides.ko} 상태에서 잃은 정상 요청은 모놀리스 ${lostA}, 마이크로서비스 ${lostB}입니다${differs ? "" : "(차이 없음)"}.`,
  };
}

/** When users were served again on both sides of the like-for-like pair. */
function back(report: Report, fault: FaultReport): Said | null {
  const pair = pairOf(report, "guarded");
  const [monolith, split] = [pair?.monolith, pair?.split].map((column) =>
    column === undefined ? undefined : harmOf(fault, column.name)?.recoveryMs?.value,
  );
  if (monolith === undefined || split === undefined) return null;
  const [a, b] = [number(monolith, "ms"), number(split, "ms")];
  return {
    en: `After its end users were served again within ${a} (monolith) and ${b} (microservices).`,
    ko: `장애가 끝난 뒤 모놀리스는 ${a}, 마이크로서비스는 ${b} 만에 사용자가 다시 정상 응답을 받았습니다.`,
  };
}

function once(cells: Cells): Said | null {
  const known = Object.values(cells).filter((cell: Spread | null) => cell !== null);
  if (known.length === 0 || known.some(({ n }: Spread) => n > 1)) return null;
  return { en: "(One repetition: no range.)", ko: "(한 번만 재어 범위가 없습니다.)" };
}
