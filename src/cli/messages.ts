import type { Step } from "../deploy/events.ts";

/** Every word that the commands say to people, in both languages. Messages of errors stay as they are thrown. */

export type Language = "en" | "ko";
export type CommandName =
  | "start"
  | "up"
  | "status"
  | "check"
  | "graph"
  | "seed"
  | "verify"
  | "letters"
  | "clock"
  | "openapi"
  | "load"
  | "fault"
  | "heal"
  | "faults"
  | "help";
export type OptionName =
  | "topology"
  | "guards"
  | "port"
  | "data"
  | "postgres"
  | "json"
  | "seed"
  | "empty"
  | "mermaid"
  | "size"
  | "settle"
  | "replay"
  | "all"
  | "move"
  | "reset"
  | "scenario"
  | "rate"
  | "for"
  | "warmup"
  | "url"
  | "on"
  | "faults"
  | "ms"
  | "jitter"
  | "share"
  | "period"
  | "kbps"
  | "code"
  | "path"
  | "mb"
  | "error"
  | "lang"
  | "debug"
  | "help";

interface Dictionary {
  tagline: string;
  usage: string;
  commandsTitle: string;
  optionsTitle: string;
  examplesTitle: string;
  moreHelp: string;
  commands: Record<CommandName, string>;
  options: Record<OptionName, string>;
  /** Where an option means something else in one command. */
  optionsOf: Partial<Record<CommandName, Partial<Record<OptionName, string>>>>;
  commandUnknown(word: string, near: string | null): string;
  flagUnknown(flag: string, near: string | null): string;
  flagNeedsValue(flag: string, value: string): string;
  flagTakesNoValue(flag: string): string;
  flagOneOf(flag: string, value: string, allowed: readonly string[]): string;
  flagTwice(flag: string): string;
  wordMissing(word: string): string;
  wordExtra(word: string): string;
  portInvalid(value: string): string;
  portNeedsName(value: string): string;
  flagsExclude(one: string, other: string): string;
  seeHelp(command: string): string;
  steps: Record<Step, string>;
  databasePerModule: string;
  databaseBack(name: string, port: number): string;
  databaseLost(name: string, why: string): string;
  processReady(id: string, ms: number): string;
  processLost(id: string, why: string): string;
  processFrozen(id: string): string;
  columns: { process: string; state: string; port: string; memory: string; modules: string; restarts: string };
  database: string;
  states: Record<"stopped" | "starting" | "ready" | "frozen" | "waiting" | "external", string>;
  controller: string;
  openAt: string;
  noPort: string;
  stateIn: string;
  unexpected(reason: string): string;
  pressCtrlC: string;
  stopping: string;
  stoppedAll: string;
  nothingRuns(root: string): string;
  notAnswering(name: string, pid: number): string;
  crashed(name: string, pid: number): string;
  runningSince(when: string): string;
  lastError: string;
  partNotReady(part: string, why: string): string;
  checkGood(app: string, modules: number, pages: number): string;
  checkTopologyGood(name: string): string;
  problems(subject: string, count: number): string;
  graphModules: string;
  graphSeams: string;
  graphEvents: string;
  graphProcesses: string;
  joined: string;
  cut: string;
  pagesWord: string;
  none: string;
  seedNone(app: string): string;
  seedSize(size: string, sizes: readonly string[]): string;
  startingMeanwhile: string;
  seedFirst(size: string): string;
  seedDone(size: string, seconds: string): string;
  severalRun(names: readonly string[]): string;
  noneRuns(app: string | null, root: string): string;
  graphPrograms: string;
  program: string;
  durationInvalid(flag: string, value: string): string;
  clockIs(name: string, now: string, offset: string): string;
  clockStill: string;
  verifyNone(app: string): string;
  verifyColumns: { id: string; says: string; checked: string; found: string };
  verifyMore(id: string, more: number): string;
  verifyBusy(what: string): string;
  verifyFailed(id: string, why: string): string;
  verifyClean(count: number): string;
  verifyDirty(bad: number, count: number): string;
  lettersNone: string;
  lettersColumns: { event: string; subscriber: string; attempts: string; since: string; error: string };
  lettersUnknown(id: string): string;
  lettersReplayed(count: number): string;
  rateInvalid(value: string): string;
  urlInvalid(value: string): string;
  urlNeedsOne: string;
  scenarioNone(app: string): string;
  loadBegins(scenario: string, rate: number, forMs: number, warmupMs: number): string;
  loadProgress: { sent: string; good: string; dropped: string; late: string; delay: string };
  loadColumns: { feature: string; offered: string; degraded: string; slow: string; failed: string; promise: string };
  loadSuccess(share: string): string;
  loadTooLittle(share: string, needed: string): string;
  loadInvalid(lost: string, loop: string, lostLimit: string, loopLimit: string): string;
  invalid: string;
  severalOn(names: readonly string[]): string;
  noneOn(on: string | null, root: string): string;
  numberInvalid(flag: string, value: string): string;
  faultApplied(what: string, seconds: string): string;
  faultLeft(what: string, seconds: string): string;
  faultHealed(what: string): string;
  faultFailed(what: string, why: string): string;
  faultNone: string;
  faultColumns: { kind: string; says: string; targets: string; parameters: string };
  faultCode: string;
  faultNot(why: string): string;
  faultTargets: Record<"process" | "database" | "link" | "edge", string>;
  startTitle: string;
  architectures: { monolith: string; microservices: string };
}

const en: Dictionary = {
  tagline: "Seamline: architecture is a deployment setting.",
  usage: "Usage",
  commandsTitle: "Commands",
  optionsTitle: "Options",
  examplesTitle: "Examples",
  moreHelp: "seamline COMMAND --help says more about a command.",
  commands: {
    start: "run the board in both architectures at once",
    up: "run an app in a topology until Ctrl-C",
    status: "what runs, where, and with how much memory",
    check: "check an app, and whether its topologies fit it",
    graph: "show an app's modules, seams and events",
    seed: "fill an app with generated data",
    verify: "check that an app's data is sound; exit code 1 if it is not",
    letters: "show events that were given up, or have them delivered again",
    clock: "show or move the time that a running app goes by",
    openapi: "print the OpenAPI 3.1 document of an app's HTTP routes",
    load: "send an app the requests of its users; exit code 1 if under 99 % succeed",
    fault: "break a running app on purpose; Ctrl-C heals it at once",
    heal: "take faults back: one by its id, or all",
    faults: "which faults are active, and which there can be here",
    help: "show this, or the help of a command",
  },
  options: {
    topology: "monolith (default), microservices, one that the app names, or a file",
    guards: "guarded: deadlines, breakers, fallbacks; naive: none of them, to compare",
    port: "HTTP port of the pages, or of a process or part; 0: any free port",
    data: "directory of all state (default .seamline)",
    postgres: "use this PostgreSQL server (16 or newer) instead of the embedded one; also SEAMLINE_POSTGRES",
    json: "print JSON for programs",
    seed: "fill the app with data of this size once it runs",
    empty: "leave out the data that an app begins with at its first start",
    mermaid: "print a Mermaid diagram",
    size: "how much data",
    settle: "how long to wait until nothing is on its way (default 10s)",
    replay: "deliver the event with this id again",
    all: "deliver all of them again",
    move: "move the clock by this much: 3d, -2h, 90m, 30s",
    reset: "set the clock to the machine's time",
    scenario: "what the users do: one of the app's scenarios (default its first)",
    rate: "requests a second (default 50)",
    for: "how long (default 30s)",
    warmup: "how long to send before what is counted (default 3s)",
    url: "address of the pages, and NAME=URL for parts that have their own; default: what runs",
    on: "which deployment: monolith, microservices, or its whole name; for one that runs alone not needed",
    faults: "send calls through proxies and allow faults of code, so that seamline fault can do all it knows",
    ms: "how many milliseconds",
    jitter: "up to so many milliseconds more at random",
    share: "of time, of requests or of what is sent: 0 to 1",
    period: "milliseconds in which a share of processor time is given",
    kbps: "kilobits a second",
    code: "status of the answer (default 503)",
    path: "only requests whose path begins so",
    mb: "megabytes",
    error: "true: it fails instead of being slow",
    lang: "language of messages (default by LANG)",
    debug: "show where in the program an error comes from",
    help: "show help",
  },
  optionsOf: {
    load: { size: "with how much data the app was filled", seed: "any words; the same give the same requests" },
  },
  commandUnknown: (word, near) => `unknown command "${word}"${near ? `; did you mean "${near}"?` : ""}`,
  flagUnknown: (flag, near) => `unknown option ${flag}${near ? `; did you mean ${near}?` : ""}`,
  flagNeedsValue: (flag, value) => `${flag} needs a value: ${flag} ${value}`,
  flagTakesNoValue: (flag) => `${flag} takes no value`,
  flagOneOf: (flag, value, allowed) => `${flag} "${value}" is none of ${allowed.join(", ")}`,
  flagTwice: (flag) => `${flag} is given twice; give it once`,
  wordMissing: (word) => `${word} is missing`,
  wordExtra: (word) => `"${word}" is one word too many`,
  portInvalid: (value) =>
    `--port "${value}" is not a port: write --port 8000, or --port board=8080 for each (0 to 65535)`,
  portNeedsName: (value) => `--port ${value}: of several ports each needs its name, such as --port board=${value}`,
  flagsExclude: (one, other) => `${one} and ${other} exclude each other; give one`,
  seeHelp: (command) => `See: seamline ${command} --help`.replace("  ", " "),
  steps: {
    check: "checking the app and its topology",
    directory: "taking the state directory",
    databases: "getting PostgreSQL ready",
    provision: "making schemas and roles",
    processes: "starting processes",
  },
  databasePerModule: "one server for all modules: each module gets a database of its own on it, so they fail together",
  databaseBack: (name, port) => `database ${name} is back on port ${port}`,
  databaseLost: (name, why) => `database ${name} is gone: ${why}; starting it again`,
  processReady: (id, ms) => `${id} ready in ${ms} ms`,
  processLost: (id, why) => `${id} is gone: ${why}; starting it again`,
  processFrozen: (id) => `${id} does not answer; calls go elsewhere until it does`,
  columns: {
    process: "process",
    state: "state",
    port: "port",
    memory: "memory",
    modules: "holds",
    restarts: "restarts",
  },
  database: "database",
  states: {
    stopped: "stopped",
    starting: "starting",
    ready: "ready",
    frozen: "frozen",
    waiting: "restarting",
    external: "external",
  },
  controller: "(this command)",
  openAt: "Open",
  noPort: "No process has an HTTP port: give one with --port NAME=8000, or in the topology",
  stateIn: "State and logs:",
  unexpected: (reason) => `${reason}. This was not foreseen; --debug shows where it comes from`,
  pressCtrlC: "Ctrl-C stops everything.",
  stopping: "stopping …",
  stoppedAll: "stopped; nothing is left running",
  nothingRuns: (root) => `nothing runs from ${root}`,
  notAnswering: (name, pid) =>
    `${name}: process ${pid} is alive but does not answer; it is starting, stopping or stuck`,
  crashed: (name, pid) => `${name}: process ${pid} died without stopping; the next start in its directory cleans up`,
  runningSince: (when) => `running since ${when}`,
  lastError: "last error",
  partNotReady: (part, why) => `${part}: ${why}`,
  checkGood: (app, modules, pages) => `${app}: good (${modules} modules, ${pages} pages)`,
  checkTopologyGood: (name) => `topology ${name}: fits`,
  problems: (subject, count) => `${subject}: ${count === 1 ? "1 problem" : `${count} problems`}`,
  graphModules: "Modules and pages",
  graphSeams: "Seams (who asks whom)",
  graphEvents: "Events (who hears what)",
  graphProcesses: "Processes",
  joined: "joined",
  cut: "cut",
  pagesWord: "pages",
  none: "none",
  seedNone: (app) => `the app "${app}" has no seed program; give app() a \`seed\``,
  seedSize: (size, sizes) => `--size "${size}" is none of ${sizes.join(", ")}`,
  startingMeanwhile: "nothing runs there: starting it for as long as this takes",
  seedFirst: (size) => `first start: filling it with made-up data (${size}); --empty leaves that out`,
  seedDone: (size, seconds) => `filled with ${size} in ${seconds} s`,
  severalRun: (names) => `several deployments run (${names.join(", ")}); say which with the app and --topology`,
  noneRuns: (app, root) =>
    `${app === null ? "nothing" : `no deployment of "${app}"`} runs from ${root}; start one with seamline up`,
  graphPrograms: "Programs (beside the modules)",
  program: "program",
  durationInvalid: (flag, value) => `${flag} "${value}" is no duration: write 3d, 2h, 90m, 30s or 500ms`,
  clockIs: (name, now, offset) => `${name}: ${now} (${offset})`,
  clockStill: "the machine's time",
  verifyNone: (app) => `the app "${app}" has no invariants; only Seamline's own are checked`,
  verifyColumns: { id: "id", says: "what holds", checked: "checked", found: "violations" },
  verifyMore: (id, more) => `${id}: and ${more} more`,
  verifyBusy: (what) => `not checked: still busy (${what})`,
  verifyFailed: (id, why) => `${id} could not be checked: ${why}`,
  verifyClean: (count) => `clean: all ${count} checks hold`,
  verifyDirty: (bad, count) => `${bad} of ${count} checks do not hold or could not be made`,
  lettersNone: "no event was given up",
  lettersColumns: {
    event: "event",
    subscriber: "to",
    attempts: "attempts",
    since: "given up",
    error: "error",
  },
  lettersUnknown: (id) => `no event with the id ${id} was given up; seamline letters shows those that were`,
  lettersReplayed: (count) => `${count === 1 ? "1 event is" : `${count} events are`} delivered again`,
  rateInvalid: (value) => `--rate "${value}" is no number of requests a second: write 50, or 0.5`,
  urlInvalid: (value) => `--url "${value}" is no address: write http://127.0.0.1:8000, or board=http://127.0.0.1:8080`,
  urlNeedsOne: "--url is given for parts only; give the address of the pages too, without a name",
  scenarioNone: (app) => `the app "${app}" has no scenarios; give app() \`scenarios\``,
  loadBegins: (scenario, rate, forMs, warmupMs) =>
    `${scenario}: ${rate} requests/s for ${forMs / 1000} s, after ${warmupMs / 1000} s that are not counted`,
  loadProgress: { sent: "sent", good: "good", dropped: "dropped", late: "late", delay: "own delay p99" },
  loadColumns: {
    feature: "feature",
    offered: "offered",
    degraded: "degraded",
    slow: "slow",
    failed: "failed",
    promise: "promise",
  },
  loadSuccess: (share) => `${share} of all requests were good`,
  loadTooLittle: (share, needed) => `only ${share} of all requests were good; it should be ${needed} or more`,
  loadInvalid: (lost, loop, lostLimit, loopLimit) =>
    `invalid: this machine could not send as planned (dropped or late ${lost}, at most ${lostLimit}; own delay p99 ${loop}, at most ${loopLimit}). Lower --rate, or send from another machine`,
  invalid: "invalid",
  severalOn: (names) => `several deployments run (${names.join(", ")}); say which with --on`,
  noneOn: (on, root) =>
    `${on === null ? "nothing" : `no deployment "${on}"`} runs from ${root}; start one with seamline up APP --faults`,
  numberInvalid: (flag, value) => `${flag} "${value}" is no number`,
  faultApplied: (what, seconds) => `${what}: broken for ${seconds} s; Ctrl-C heals at once`,
  faultLeft: (what, seconds) => `${what}: ${seconds} s left`,
  faultHealed: (what) => `${what}: healed`,
  faultFailed: (what, why) => `${what}: could not be healed whole: ${why}`,
  faultNone: "no fault is active",
  faultColumns: { kind: "kind", says: "what happens", targets: "targets", parameters: "options" },
  faultCode: "code fault",
  faultNot: (why) => `not here: ${why}`,
  faultTargets: {
    process: "a process or module",
    database: "a module with data",
    link: "FROM>TO, MODULE>database",
    edge: "edge",
  },
  startTitle: "One program, two architectures, from the same code:",
  architectures: { monolith: "Monolith", microservices: "Microservices" },
};

const ko: Dictionary = {
  tagline: "Seamline: 아키텍처는 배포 설정입니다.",
  usage: "사용법",
  commandsTitle: "명령",
  optionsTitle: "옵션",
  examplesTitle: "예",
  moreHelp: "명령별 도움말: seamline 명령 --help",
  commands: {
    start: "게시판을 두 아키텍처로 동시에 실행합니다",
    up: "앱을 한 토폴로지로 실행합니다 (Ctrl-C로 종료)",
    status: "무엇이 어디서 실행 중이고 메모리를 얼마나 쓰는지 보여 줍니다",
    check: "앱과 토폴로지에 문제가 없는지 검사합니다",
    graph: "앱의 모듈, 이음매, 이벤트를 보여 줍니다",
    seed: "생성한 데이터로 앱을 채웁니다",
    verify: "앱의 데이터가 올바른지 검사합니다 (아니면 종료 코드 1)",
    letters: "배달을 포기한 이벤트를 보여 주거나 다시 배달합니다",
    clock: "실행 중인 앱의 시계를 보여 주거나 옮깁니다",
    load: "이용자들의 요청을 앱에 보냅니다 (성공이 99 % 미만이면 종료 코드 1)",
    openapi: "앱의 HTTP 경로를 OpenAPI 3.1 문서로 출력합니다",
    fault: "실행 중인 앱을 일부러 고장 냅니다 (Ctrl-C로 바로 복구)",
    heal: "장애를 거둡니다: id로 하나, 또는 모두",
    faults: "지금 있는 장애와 여기서 일으킬 수 있는 장애를 보여 줍니다",
    help: "이 도움말, 또는 명령의 도움말을 보여 줍니다",
  },
  options: {
    topology: "monolith(기본값), microservices, 앱이 정한 이름, 또는 파일",
    guards: "guarded: 기한·차단기·대체 응답 사용, naive: 비교용으로 모두 끔",
    port: "페이지의 HTTP 포트, 또는 프로세스나 모듈별 포트. 0이면 빈 포트",
    data: "모든 상태를 두는 디렉터리 (기본값 .seamline)",
    postgres: "내장 PostgreSQL 대신 쓸 서버(16 이상)의 URL. SEAMLINE_POSTGRES로도 지정",
    json: "프로그램이 읽을 JSON으로 출력",
    seed: "실행된 뒤 이 크기의 데이터로 채우기",
    empty: "처음 시작할 때 앱이 넣는 데이터를 넣지 않기",
    mermaid: "Mermaid 다이어그램으로 출력",
    size: "데이터 크기",
    settle: "진행 중인 일이 끝날 때까지 기다릴 시간 (기본값 10s)",
    replay: "이 id의 이벤트를 다시 배달",
    all: "모두 다시 배달",
    move: "시계를 이만큼 옮기기: 3d, -2h, 90m, 30s",
    scenario: "이용자들이 하는 일: 앱의 시나리오 가운데 하나 (기본값은 첫 번째)",
    rate: "초당 요청 수 (기본값 50)",
    for: "보내는 시간 (기본값 30s)",
    warmup: "세기 전에 미리 보내는 시간 (기본값 3s)",
    url: "페이지의 주소. 주소가 따로 있는 모듈은 이름=URL. 없으면 실행 중인 배포",
    reset: "시계를 이 컴퓨터의 시각으로 되돌리기",
    on: "어느 배포인지: monolith, microservices, 또는 전체 이름. 하나만 실행 중이면 필요 없음",
    faults: "호출을 프록시로 보내고 코드 장애를 허용해, seamline fault의 모든 장애를 쓸 수 있게 하기",
    ms: "밀리초",
    jitter: "무작위로 더해지는 밀리초의 최댓값",
    share: "시간, 요청, 보내는 것 가운데 차지하는 비율: 0–1",
    period: "CPU 시간을 나누어 주는 주기 (밀리초)",
    kbps: "초당 킬로비트",
    code: "답의 상태 코드 (기본값 503)",
    path: "이렇게 시작하는 경로의 요청만",
    mb: "메가바이트",
    error: "true이면 느려지는 대신 실패",
    lang: "메시지 언어 (기본값은 LANG을 따름)",
    debug: "오류가 프로그램의 어디에서 났는지 보이기",
    help: "도움말",
  },
  optionsOf: {
    load: { size: "앱을 채운 데이터의 크기", seed: "아무 말이나. 같은 말이면 같은 요청을 보냄" },
  },
  commandUnknown: (word, near) => `"${word}"(이)라는 명령은 없습니다${near ? `. 혹시 "${near}"인가요?` : ""}`,
  flagUnknown: (flag, near) => `${flag}(이)라는 옵션은 없습니다${near ? `. 혹시 ${near}인가요?` : ""}`,
  flagNeedsValue: (flag, value) => `${flag}에는 값이 필요합니다: ${flag} ${value}`,
  flagTakesNoValue: (flag) => `${flag}에는 값을 줄 수 없습니다`,
  flagOneOf: (flag, value, allowed) => `${flag} "${value}": ${allowed.join(", ")} 가운데 하나여야 합니다`,
  flagTwice: (flag) => `${flag}을(를) 두 번 주었습니다. 한 번만 주세요`,
  wordMissing: (word) => `${word}이(가) 빠졌습니다`,
  wordExtra: (word) => `"${word}"은(는) 필요 없는 말입니다`,
  portInvalid: (value) =>
    `--port "${value}"은(는) 포트가 아닙니다. --port 8000, 또는 --port board=8080처럼 쓰세요 (0–65535)`,
  portNeedsName: (value) => `--port ${value}: 포트가 여럿이면 저마다 이름이 있어야 합니다. 보기: --port board=${value}`,
  flagsExclude: (one, other) => `${one}과(와) ${other}은(는) 함께 쓸 수 없습니다. 하나만 주세요`,
  seeHelp: (command) => `도움말: seamline ${command} --help`.replace("  ", " "),
  steps: {
    check: "앱과 토폴로지 검사",
    directory: "상태 디렉터리 잠금",
    databases: "PostgreSQL 준비",
    provision: "스키마와 역할 만들기",
    processes: "프로세스 시작",
  },
  databasePerModule: "모든 모듈이 한 서버를 씁니다. 모듈마다 데이터베이스는 따로 만들지만, 서버가 죽으면 함께 멈춥니다",
  databaseBack: (name, port) => `데이터베이스 ${name}: 포트 ${port}에서 다시 실행 중`,
  databaseLost: (name, why) => `데이터베이스 ${name}: 종료됨 (${why}). 다시 시작합니다`,
  processReady: (id, ms) => `${id} 준비됨 (${ms} ms)`,
  processLost: (id, why) => `${id} 종료됨 (${why}). 다시 시작합니다`,
  processFrozen: (id) => `${id} 응답 없음. 응답할 때까지 호출을 보내지 않습니다`,
  columns: { process: "프로세스", state: "상태", port: "포트", memory: "메모리", modules: "모듈", restarts: "재시작" },
  database: "데이터베이스",
  states: {
    stopped: "멈춤",
    starting: "시작 중",
    ready: "준비됨",
    frozen: "응답 없음",
    waiting: "재시작 중",
    external: "외부",
  },
  controller: "(이 명령)",
  openAt: "열기",
  noPort: "HTTP 포트가 있는 프로세스가 없습니다. --port 이름=8000이나 토폴로지에서 정하세요",
  stateIn: "상태와 로그:",
  unexpected: (reason) => `${reason}. 예상하지 못한 오류입니다. --debug를 붙이면 어디에서 났는지 나옵니다`,
  pressCtrlC: "Ctrl-C를 누르면 모두 종료합니다.",
  stopping: "종료하는 중 …",
  stoppedAll: "모두 종료했습니다",
  nothingRuns: (root) => `${root}에서 실행 중인 것이 없습니다`,
  notAnswering: (name, pid) =>
    `${name}: 프로세스 ${pid}이(가) 살아 있지만 응답하지 않습니다 (시작 중, 종료 중, 또는 멈춤)`,
  crashed: (name, pid) => `${name}: 프로세스 ${pid}이(가) 갑자기 죽었습니다. 다음에 시작할 때 정리합니다`,
  runningSince: (when) => `${when}부터 실행 중`,
  lastError: "마지막 오류",
  partNotReady: (part, why) => `${part}: ${why}`,
  checkGood: (app, modules, pages) => `${app}: 이상 없음 (모듈 ${modules}, 페이지 ${pages})`,
  checkTopologyGood: (name) => `토폴로지 ${name}: 맞습니다`,
  problems: (subject, count) => `${subject}: 문제 ${count}개`,
  graphModules: "모듈과 페이지",
  graphSeams: "이음매 (누가 누구에게 묻는가)",
  graphEvents: "이벤트 (누가 무엇을 듣는가)",
  graphProcesses: "프로세스",
  joined: "이어짐",
  cut: "끊김",
  pagesWord: "페이지",
  none: "없음",
  seedNone: (app) => `앱 "${app}"에는 데이터 생성 프로그램이 없습니다. app()에 \`seed\`를 주세요`,
  seedSize: (size, sizes) => `--size "${size}": ${sizes.join(", ")} 가운데 하나여야 합니다`,
  startingMeanwhile: "실행 중인 것이 없어, 일하는 동안만 시작합니다",
  seedFirst: (size) => `처음 시작합니다. 예시 데이터(${size})로 채웁니다. 원하지 않으면 --empty를 주세요`,
  seedDone: (size, seconds) => `${size} 크기로 ${seconds}초 만에 채웠습니다`,
  severalRun: (names) => `여러 배포가 실행 중입니다 (${names.join(", ")}). 앱과 --topology로 골라 주세요`,
  noneRuns: (app, root) =>
    `${root}에서 실행 중인 ${app === null ? "것이" : `"${app}" 배포가`} 없습니다. seamline up으로 시작하세요`,
  graphPrograms: "프로그램 (모듈 곁에서 실행)",
  program: "프로그램",
  durationInvalid: (flag, value) => `${flag} "${value}"은(는) 시간이 아닙니다. 3d, 2h, 90m, 30s, 500ms처럼 쓰세요`,
  clockIs: (name, now, offset) => `${name}: ${now} (${offset})`,
  clockStill: "이 컴퓨터의 시각",
  verifyNone: (app) => `앱 "${app}"에는 불변식이 없어, Seamline의 것만 검사합니다`,
  verifyColumns: { id: "id", says: "지켜야 할 것", checked: "검사", found: "위반" },
  verifyMore: (id, more) => `${id}: 그 밖에 ${more}개`,
  verifyBusy: (what) => `검사하지 못함: 아직 진행 중 (${what})`,
  verifyFailed: (id, why) => `${id}: 검사하지 못했습니다: ${why}`,
  verifyClean: (count) => `이상 없음: 검사 ${count}개 모두 통과`,
  verifyDirty: (bad, count) => `검사 ${count}개 가운데 ${bad}개가 어긋나거나 검사하지 못했습니다`,
  lettersNone: "배달을 포기한 이벤트가 없습니다",
  lettersColumns: {
    event: "이벤트",
    subscriber: "받을 곳",
    attempts: "시도",
    since: "포기한 때",
    error: "오류",
  },
  lettersUnknown: (id) => `포기한 이벤트 가운데 id가 ${id}인 것은 없습니다. seamline letters로 목록을 보세요`,
  lettersReplayed: (count) => `이벤트 ${count}개를 다시 배달합니다`,
  rateInvalid: (value) => `--rate "${value}": 초당 요청 수가 아닙니다. 50이나 0.5처럼 쓰세요`,
  urlInvalid: (value) =>
    `--url "${value}": 주소가 아닙니다. http://127.0.0.1:8000이나 board=http://127.0.0.1:8080처럼 쓰세요`,
  urlNeedsOne: "--url에 이름 붙은 주소만 있습니다. 페이지의 주소도 이름 없이 주세요",
  scenarioNone: (app) => `앱 "${app}"에는 시나리오가 없습니다. app()에 \`scenarios\`를 주세요`,
  loadBegins: (scenario, rate, forMs, warmupMs) =>
    `${scenario}: 초당 ${rate}개씩 ${forMs / 1000}초 동안 보냅니다. 앞의 ${warmupMs / 1000}초는 세지 않습니다`,
  loadProgress: { sent: "보냄", good: "성공", dropped: "못 보냄", late: "늦게 보냄", delay: "자체 지연 p99" },
  loadColumns: {
    feature: "기능",
    offered: "요청",
    degraded: "일부 빠짐",
    slow: "느림",
    failed: "실패",
    promise: "약속",
  },
  loadSuccess: (share) => `요청의 ${share}가 성공했습니다`,
  loadTooLittle: (share, needed) => `요청의 ${share}만 성공했습니다. ${needed} 이상이어야 합니다`,
  loadInvalid: (lost, loop, lostLimit, loopLimit) =>
    `무효: 이 컴퓨터가 계획대로 보내지 못했습니다 (못 보내거나 늦은 것 ${lost}, 한도 ${lostLimit}; 자체 지연 p99 ${loop}, 한도 ${loopLimit}). --rate를 낮추거나 다른 컴퓨터에서 보내세요`,
  invalid: "무효",
  severalOn: (names) => `배포가 여럿 실행 중입니다 (${names.join(", ")}). --on으로 고르세요`,
  noneOn: (on, root) =>
    `${root}에서 실행 중인 ${on === null ? "배포가" : `"${on}" 배포가`} 없습니다. seamline up 앱 --faults로 시작하세요`,
  numberInvalid: (flag, value) => `${flag} "${value}": 숫자가 아닙니다`,
  faultApplied: (what, seconds) => `${what}: ${seconds}초 동안 고장 냅니다. Ctrl-C를 누르면 바로 복구합니다`,
  faultLeft: (what, seconds) => `${what}: ${seconds}초 남음`,
  faultHealed: (what) => `${what}: 복구됨`,
  faultFailed: (what, why) => `${what}: 완전히 복구하지 못했습니다: ${why}`,
  faultNone: "지금 있는 장애가 없습니다",
  faultColumns: { kind: "종류", says: "무슨 일이 일어나는가", targets: "대상", parameters: "옵션" },
  faultCode: "코드 장애",
  faultNot: (why) => `여기서는 안 됨: ${why}`,
  faultTargets: {
    process: "프로세스나 모듈",
    database: "데이터가 있는 모듈",
    link: "호출자>대상, 모듈>database",
    edge: "edge",
  },
  startTitle: "한 프로그램, 두 아키텍처, 같은 코드:",
  architectures: { monolith: "모놀리식", microservices: "마이크로서비스" },
};

export type Messages = Dictionary;
export const messages: Readonly<Record<Language, Messages>> = { en, ko };
