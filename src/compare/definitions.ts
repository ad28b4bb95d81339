import type { RunLine } from "../record/recording.ts";
import { calmMs } from "./recovery.ts";
import { loopLimitMs, lostShareLimit } from "./validity.ts";

/** What every figure means. Printed in every report, because a figure without its definition can be dismissed. */
export interface Definition {
  readonly term: { readonly en: string; readonly ko: string };
  readonly says: { readonly en: string; readonly ko: string };
  /** The same in either language. */
  readonly formula?: string;
}

export function definitions({ hangMs }: Pick<RunLine, "hangMs">): Definition[] {
  return [
    {
      term: { en: "load", ko: "부하" },
      says: {
        en: "Requests arrive at a rate, whether or not earlier ones were answered, on the same seeded schedule in every column. A latency begins when the request was to be sent, so waiting counts.",
        ko: "앞선 요청의 응답과 상관없이 정해진 빠르기로 요청이 옵니다. 모든 열이 같은 시드의 같은 일정을 받습니다. 지연 시간은 보내기로 한 때부터 재므로 기다린 시간도 들어갑니다.",
      },
    },
    {
      term: { en: "good, degraded, refused, failed", ko: "정상, 저하, 거절, 실패" },
      says: {
        en: `A request is good when its feature kept its promise: status under 400, a body that passes its check, in time. Degraded: good, but a part was replaced by a fallback; counted as good and reported apart. Refused honestly: an answer that the scenario names and checks as a right no, such as sold out, in time; counted as good and reported apart. Failed: fast failures (any other status of 400 or more, wrong or broken off), late answers, and timeouts (no whole answer in ${hangMs} ms), each apart.`,
        ko: `기능이 약속을 지킨 요청이 정상입니다: 상태 코드 400 미만, 검사를 통과한 본문, 약속한 시간 안. 저하는 정상이지만 일부를 대체 내용으로 채운 것으로, 정상에 넣되 따로 셉니다. 정직한 거절은 매진처럼 시나리오가 옳은 거절로 정하고 확인한 답이 제때 온 것으로, 정상에 넣되 따로 셉니다. 실패는 빠른 실패(그 밖의 상태 코드 400 이상·틀린 답·끊김), 늦은 답, 시간 초과(${hangMs} ms 안에 온전한 답이 없음)로 나눕니다.`,
      },
    },
    {
      term: { en: "availability A", ko: "가용성 A" },
      says: {
        en: "With a Wilson 95 % interval. What hangs was offered, so it counts. The fault's first moment (grace) is left out.",
        ko: "Wilson 95 % 구간을 함께 적습니다. 멈춘 요청도 제공된 요청이므로 셉니다. 장애의 첫 순간(유예)은 뺍니다.",
      },
      formula: "A = good / offered",
    },
    {
      term: { en: "affected", ko: "영향받은 기능" },
      says: {
        en: "A feature whose availability under the fault is below 99 % and at least one point below its baseline.",
        ko: "장애 중 가용성이 99 % 미만이고 평소보다 1포인트 이상 낮은 기능입니다.",
      },
      formula: "A(fault) < 99 %  ∧  A(baseline) − A(fault) ≥ 1 %",
    },
    {
      term: { en: "blast radius by features", ko: "영향 범위(기능)" },
      says: { en: "The share of features that are affected.", ko: "영향받은 기능의 비율입니다." },
      formula: "affected / all",
    },
    {
      term: { en: "blast radius by requests", ko: "영향 범위(요청)" },
      says: {
        en: "The share of good requests that the fault took, each feature weighted by its share of the scenario.",
        ko: "장애로 잃은 정상 요청의 비율입니다. 기능마다 시나리오에서의 비중 w를 곱합니다.",
      },
      formula: "1 − Σ w·A(fault) / Σ w·A(baseline)",
    },
    {
      term: { en: "recovery, outage, restart", ko: "회복, 중단, 재시작" },
      says: {
        en: `Recovery: from the end of the fault to the first instant after which every request for ${calmMs / 1000} s is good. Outage: from the beginning of the fault to that instant. Restart: from the spawn of a process to the first good answer of a harmed feature. The resolution is the gap between requests around that instant.`,
        ko: `회복은 장애가 끝난 때부터, 그 뒤 ${calmMs / 1000}초 동안 모든 요청이 정상인 첫 순간까지입니다. 중단은 장애가 시작된 때부터 그 순간까지입니다. 재시작은 프로세스를 띄운 때부터 해를 입은 기능의 첫 정상 응답까지입니다. 분해능은 그 순간 앞뒤 요청의 간격입니다.`,
      },
    },
    {
      term: { en: "latency, amplification, split tax", ko: "지연 시간, 증폭, 분리 비용" },
      says: {
        en: "Over right answers only, early or late: a failure is often fast, and would make an outage look quick. An amplification compares the features that still had right answers. Percentiles are taken from merged histograms (error ≤ 1 %), never averaged.",
        ko: "이르든 늦든 옳은 답만으로 잽니다. 실패는 빠를 때가 많아서, 넣으면 중단이 빨라 보입니다. 증폭은 아직 옳은 답이 있던 기능끼리 견줍니다. 백분위는 합친 히스토그램(오차 1 % 이하)에서 구하고 평균하지 않습니다.",
      },
      formula: "amplification = p(fault) / p(baseline);  split tax = p(split) / p(monolith, same guards)",
    },
    {
      term: { en: "wire time per call", ko: "호출당 전송 시간" },
      says: {
        en: "What a call between processes takes beyond the called handler.",
        ko: "프로세스 사이의 호출에서 처리기가 쓴 시간을 뺀 나머지입니다.",
      },
      formula: "mean(caller) − mean(handler)",
    },
    {
      term: { en: "throughput", ko: "처리량" },
      says: {
        en: "The highest offered rate, of those tried, up to which every feature had A ≥ 99 % and its p99 within its promise.",
        ko: "시도한 빠르기 가운데, 모든 기능의 A가 99 % 이상이고 p99가 약속 안에 있던 가장 높은 것입니다.",
      },
    },
    {
      term: { en: "cost", ko: "비용" },
      says: {
        en: "CPU seconds per 1,000 good requests; memory as proportional set size (PSS), in which pages that processes share are counted once. App and databases apart.",
        ko: "정상 요청 1,000건당 CPU 초와, 프로세스들이 나누어 쓰는 페이지를 한 번만 세는 메모리(PSS)입니다. 앱과 데이터베이스를 나누어 적습니다.",
      },
    },
    {
      term: { en: "consistency", ko: "일관성" },
      says: {
        en: "Every write has an id, and everything is read when all is quiet. Lost: acknowledged, then absent (must be 0). Ambiguous: reported as failed, yet there (the user was told something untrue). Duplicate: there more than once. Stale: acknowledged, but a right and whole answer to its writer's next look does not show it; of those that were looked for (at most one a second, for at most 5 s, every 100 ms). Torn (an operation that is there in part), orphan (something points to what is not there), oversold: violations of those of the app's invariants that have this kind. What was not looked at is not measured, which is not 0. These stand even where the load was invalid. Names follow the set-full checker of Jepsen.",
        ko: "쓰기마다 고유한 id가 있고, 조용해진 뒤 모두 다시 읽습니다. 유실: 확인했는데 없음(0이어야 함). 모호: 실패라 알렸는데 있음(사용자에게 사실과 다르게 말함). 중복: 두 번 이상 있음. 지연 반영: 확인했는데 쓴 사람이 바로 다시 볼 때 온전한 답에 보이지 않음. 찾아본 쓰기 가운데 센 것이며, 많아야 1초에 하나씩, 100 ms마다 5초까지 찾아봅니다. 찢김(작업의 일부만 남음)·고아(없는 것을 가리킴)·초과 판매: 그 종류로 표시된 앱 불변식의 위반. 보지 않은 것은 0이 아니라 재지 않음입니다. 부하가 무효여도 이 수는 유효합니다. 이름은 Jepsen의 set-full 검사기를 따릅니다.",
      },
    },
    {
      term: { en: "range, no difference", ko: "범위, 차이 없음" },
      says: {
        en: "Repetitions give a median with least and most; percentiles and availabilities are of all repetitions together, with the least and most of single ones. Where two ranges overlap there is no difference. Differences of blast radius under one point are none (our threshold). One repetition has no range.",
        ko: "반복 측정의 중앙값과 최소–최대를 적습니다. 백분위와 가용성은 모든 반복을 합쳐 구하고 반복별 최소–최대를 적습니다. 두 범위가 겹치면 차이 없음입니다. 영향 범위의 1포인트 미만 차이도 차이 없음으로 봅니다(자체 기준). 한 번만 재면 범위가 없습니다.",
      },
    },
    {
      term: { en: "invalid", ko: "무효" },
      says: {
        en: `More than ${lostShareLimit * 100} % of a column's requests, and more than one, were dropped by the generator or sent more than ${loopLimitMs} ms late, or its own event-loop delay had a p99 over ${loopLimitMs} ms, or was not watched. Such a column has no figures.`,
        ko: `한 열의 요청 가운데 ${lostShareLimit * 100} %를 넘게, 그리고 하나보다 많이 부하 발생기가 버렸거나 ${loopLimitMs} ms 넘게 늦게 보냈거나, 발생기의 이벤트 루프 지연 p99가 ${loopLimitMs} ms를 넘었거나 재지 않은 경우입니다. 그런 열에는 수치가 없습니다.`,
      },
    },
  ];
}
