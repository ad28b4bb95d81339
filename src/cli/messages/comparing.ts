/** What `compare` and `runs` say, in both languages. */

const en = {
  runUnknown: (path: string, numbers: readonly number[], runs: string) =>
    `no run at ${path}; ${numbers.length === 0 ? `there is none in ${runs} yet` : `in ${runs} there are ${numbers.join(", ")}`}. Give a number or the directory of a run`,
  runsNone: (runs: string) => `no run in ${runs} yet; seamline compare APP makes one`,
  runsTwo: "give two runs to compare them, or none to list them; seamline compare --from RUN shows one",
  runStates: {
    valid: "valid",
    invalid: "invalid",
    incomplete: "did not come to its end",
    unreadable: "cannot be read",
  },
  noFaults: "no fault",
  madeDifferently: "They were not made alike, so a difference may come from this:",
  madeWith: {
    app: "app",
    scenario: "scenario",
    rate: "rate",
    seed: "seed",
    repetitions: "repetitions",
    machine: "machine",
    versions: "versions",
    git: "revision",
  },
  oneRepetition: "One of them has a single repetition, which has no range: small differences may be chance.",
  changes: (worse: number, better: number, none: number, unknown: number) =>
    `${worse} worse, ${better} better, ${none} no difference, ${unknown} known on one side only`,
  changesLeftOut:
    "Figures without a difference, and those of columns and faults that only one run had, are left out; --all shows them.",
  before: "before",
  after: "after",
  meaning: "What it means",
  meaningNone: "No fault was asked for; see the figures without a fault.",
  hypotheses: (holding: number, all: number) => `Hypotheses: ${holding} of ${all} hold`,
  missing: (fault: string, column: string) => `${fault} strikes nothing in ${column}, where it is left out`,
  recordingIn: "Recording",
  again: "This report again",
  pageIn: "As a page",
  appMissing: "APP is missing: give the app that is to run, or --from RUN for one that was recorded",
  fromExcludes: (word: string) => `--from makes a report of what was recorded; ${word} is for a new run. Leave one out`,
  htmlNowhere: (path: string, why: string) => `--html ${path} cannot be written: ${why}`,
  columnsEmpty: (words: string) =>
    `--columns "${words}" has an empty name: write topologies, such as "monolith naive, microservices, ./mine.ts"`,
  faultShape: (word: string) =>
    `--fault "${word}": write KIND:TARGET, such as crash:comments, or latency:edge:ms=50; seamline faults lists them`,
  faultOption: (word: string, part: string) => `--fault "${word}": "${part}" is no option; write it as ms=50`,
  runsInvalid: (value: string) => `--runs "${value}" is no number of repetitions: write 1 to 99`,
  plan: {
    title: (app: string, scenario: string, rate: number) =>
      `${app}, ${scenario}: ${rate} requests/s to one column after the other`,
    columns: "columns",
    column: (name: string, processes: number, data: string) =>
      `${name} (${processes === 1 ? "1 process" : `${processes} processes`}, ${data})`,
    faults: "faults",
    turns: "turns",
    each: (repetitions: number) =>
      `${repetitions === 1 ? "1" : String(repetitions)} of each column, with the same requests`,
    time: "time",
    about: (duration: string) => `about ${duration}; use the machine for nothing else meanwhile`,
    ends: "Ctrl-C heals and stops everything, and keeps what was recorded.",
  },
  gettingReady: "getting ready",
  columnStates: {
    starting: "starts",
    seeding: "is filled with data",
    ready: "ready",
    verifying: "its data is checked",
    verified: "checked",
    stopping: "stops",
    stopped: "stopped",
  },
  phases: {
    warmup: "warm-up",
    baseline: "no fault",
    grace: "fault begins",
    fault: "under the fault",
    recovery: "after the fault",
    idle: "rests",
    ramp: "more and more requests",
  },
  settling: (why: string) => `waits: ${why}`,
  faultNews: {
    applied: (fault: string, column: string, _detail: string) => `${column}: ${fault} begins`,
    healed: (fault: string, column: string, _detail: string) => `${column}: ${fault} is healed`,
    failed: (fault: string, column: string, detail: string) => `${column}: ${fault} failed: ${detail}`,
  },
  invalidFor: { dropped: "too many requests are dropped or late", loop: "the load generator itself is late" },
  becomesInvalid: (column: string, why: string) => `${column}: ${why}, so its figures will not count`,
  duration: (ms: number) =>
    ms < 90_000
      ? `${Math.ceil(ms / 1000)} s`
      : ms < 5_400_000
        ? `${Math.round(ms / 60_000)} min`
        : `${(ms / 3_600_000).toFixed(1)} h`,
  aboutLeft: (duration: string) => `about ${duration} left`,
  stopping: "healing faults and stopping everything …",
  recordedUntilThen: "What was recorded until then is kept.",
  fileUnreadable: (flag: string, path: string, why: string) => `${flag} ${path} cannot be read: ${why}`,
};

const ko: typeof en = {
  runUnknown: (path, numbers, runs) =>
    `${path}에 실행 기록이 없습니다. ${numbers.length === 0 ? `${runs}에도 아직 없습니다` : `${runs}에는 ${numbers.join(", ")}번이 있습니다`}. 번호나 기록의 디렉터리를 주세요`,
  runsNone: (runs) => `${runs}에 아직 실행 기록이 없습니다. seamline compare APP으로 만듭니다`,
  runsTwo: "견주려면 두 개를, 목록을 보려면 아무것도 주지 마세요. 하나는 seamline compare --from 번호로 봅니다",
  runStates: { valid: "유효", invalid: "무효", incomplete: "끝까지 가지 못함", unreadable: "읽을 수 없음" },
  noFaults: "장애 없음",
  madeDifferently: "같은 조건에서 재지 않았습니다. 차이가 여기에서 왔을 수 있습니다:",
  madeWith: {
    app: "앱",
    scenario: "시나리오",
    rate: "빠르기",
    seed: "시드",
    repetitions: "반복",
    machine: "기계",
    versions: "버전",
    git: "개정",
  },
  oneRepetition: "한쪽은 한 번만 재어 범위가 없습니다. 작은 차이는 우연일 수 있습니다.",
  changes: (worse, better, none, unknown) =>
    `나빠짐 ${worse}, 나아짐 ${better}, 차이 없음 ${none}, 한쪽만 알려짐 ${unknown}`,
  changesLeftOut: "차이가 없는 수치와, 한쪽에만 있는 열과 장애의 수치는 뺐습니다. --all로 모두 봅니다.",
  before: "앞",
  after: "뒤",
  meaning: "무엇을 뜻하는가",
  meaningNone: "장애를 일으키지 않았습니다. 장애가 없을 때의 수치를 보세요.",
  hypotheses: (holding, all) => `가설: ${all}개 가운데 ${holding}개 성립`,
  missing: (fault, column) => `${column}에는 ${fault}의 대상이 없어 그 열에서는 뺍니다`,
  recordingIn: "기록",
  again: "이 보고서 다시 만들기",
  pageIn: "페이지",
  appMissing: "APP이 없습니다. 실행할 앱을 주거나, 기록된 실행을 --from으로 주세요",
  fromExcludes: (word) => `--from은 기록된 것으로 보고서를 만들고, ${word}는 새 실행에 씁니다. 하나를 빼세요`,
  htmlNowhere: (path, why) => `--html ${path}에 쓸 수 없습니다: ${why}`,
  columnsEmpty: (words) =>
    `--columns "${words}"에 빈 이름이 있습니다. "monolith naive, microservices, ./mine.ts"처럼 토폴로지를 쓰세요`,
  faultShape: (word) =>
    `--fault "${word}": 종류:대상으로 쓰세요. 보기: crash:comments, latency:edge:ms=50. 목록은 seamline faults`,
  faultOption: (word, part) => `--fault "${word}": "${part}"은(는) 옵션이 아닙니다. ms=50처럼 쓰세요`,
  runsInvalid: (value) => `--runs "${value}"은(는) 반복 횟수가 아닙니다. 1–99로 쓰세요`,
  plan: {
    title: (app, scenario, rate) => `${app}, ${scenario}: 열마다 차례로 초당 ${rate}개 요청`,
    columns: "열",
    column: (name, processes, data) => `${name} (프로세스 ${processes}개, ${data})`,
    faults: "장애",
    turns: "차례",
    each: (repetitions) => `열마다 ${repetitions}번, 같은 요청으로`,
    time: "시간",
    about: (duration) => `약 ${duration}. 재는 동안 이 기계를 다른 일에 쓰지 마세요`,
    ends: "Ctrl-C를 누르면 모두 복구하고 멈추며, 그때까지의 기록은 남깁니다.",
  },
  gettingReady: "준비하는 중",
  columnStates: {
    starting: "시작하는 중",
    seeding: "데이터를 채우는 중",
    ready: "준비됨",
    verifying: "데이터를 검사하는 중",
    verified: "검사함",
    stopping: "멈추는 중",
    stopped: "멈춤",
  },
  phases: {
    warmup: "예열",
    baseline: "장애 없음",
    grace: "장애 시작",
    fault: "장애 중",
    recovery: "장애 뒤",
    idle: "쉬는 중",
    ramp: "요청을 늘리는 중",
  },
  settling: (why) => `기다리는 중: ${why}`,
  faultNews: {
    applied: (fault, column) => `${column}: ${fault} 시작`,
    healed: (fault, column) => `${column}: ${fault} 복구됨`,
    failed: (fault, column, detail) => `${column}: ${fault} 실패: ${detail}`,
  },
  invalidFor: { dropped: "버리거나 늦은 요청이 너무 많아", loop: "부하 발생기가 늦어" },
  becomesInvalid: (column, why) => `${column}: ${why} 이 열의 수치는 쓰지 않습니다`,
  duration: (ms) =>
    ms < 90_000
      ? `${Math.ceil(ms / 1000)}초`
      : ms < 5_400_000
        ? `${Math.round(ms / 60_000)}분`
        : `${(ms / 3_600_000).toFixed(1)}시간`,
  aboutLeft: (duration) => `약 ${duration} 남음`,
  stopping: "장애를 복구하고 모두 멈추는 중 …",
  recordedUntilThen: "그때까지 기록한 것은 남아 있습니다.",
  fileUnreadable: (flag, path, why) => `${flag} ${path}을(를) 읽을 수 없습니다: ${why}`,
};

export const comparing = { en, ko };
