/** What `split`, `merge`, `move`, `topology` and `scale` say, in both languages. */

const en = {
  noneRuns: (root: string) => `no such deployment runs from ${root}; start one with seamline up APP`,
  moduleMissing: (which: readonly string[]) =>
    which.length === 0
      ? "no move is known here; give a MODULE"
      : `MODULE is missing; moves are known of ${which.join(", ")}`,
  placeMissing: "give --process NAME, --server NAME or both; or seamline split MODULE, seamline merge MODULE",
  process: "process",
  server: "server",
  resumed: "it was begun before and goes on from where it stopped",
  processBegun: (name: string) => `process ${name} comes to hold it; calls go on meanwhile`,
  processEnded: (name: string) => `calls go to process ${name}`,
  checked: "nothing stands in the way of its data",
  preparing: "its tables are made at the target, empty and closed",
  copying: (ready: number, total: number, rows: string, size: string) =>
    `copying: ${ready} of ${total} tables, ${rows} rows, ${size}`,
  copied: (total: number) => `all ${total} tables are copied`,
  behind: (lag: string) => `what was written meanwhile follows, ${lag} behind`,
  reversed: "the way back is open",
  willHold: (time: string | null) =>
    `--copy: its calls will wait while all rows are copied${time === null ? "" : `, for about ${time}`}; those whose deadline is shorter fail`,
  holding: "calls wait",
  copyingHeld: (rows: string) => `copying while calls wait: ${rows} rows`,
  again: (ms: string) => `calls went on after ${ms} where they were: it was not the moment; trying again`,
  switched: (ms: string, held: number | null) =>
    `calls go on at the new place; they were held for ${ms}${held === null || held === 0 ? "" : `, ${held} waited`}`,
  verified: "both places were compared as they were then",
  cleared: "what the move needed is cleared away",
  takingBack: "taking everything back …",
  goingForward: "it is past its commit point and goes on to its end …",
  isNow: (module: string, process: string, server: string | null) =>
    `${module} is in process ${process}${server === null ? "" : `, its data on server ${server}`}`,
  rows: (rows: string, tables: number) => `${rows} rows in ${tables} tables moved; counts and checksums are equal`,
  rowsUnknown: "its data moved; the comparison was another controller's",
  differs: (tables: string) =>
    `${tables}: the two places differed when calls were held; look at these tables, and move back with --rollback if need be`,
  leftThere:
    "its former place does not answer: what replication has left there goes with the next move to it; max_slot_wal_keep_size says how much disk it can take until then",
  pause: (ms: string, held: number | null) =>
    `calls were held for ${ms}${held === null ? "" : `; at most ${held} were seen waiting`}`,
  noPause: "no call was held",
  calls: (calls: string, failed: number, longest: string | null) =>
    `calls meanwhile: ${calls}, failed: ${failed}${longest === null ? "" : `, the longest took ${longest}`}`,
  back: (module: string) => `back: seamline move ${module} --rollback`,
  undone: "interrupted: everything is as it was",
  abandoned: (module: string) =>
    `the move of ${module} is left in the middle: give its command again to go on, or seamline move ${module} --abort`,
  aborted: (module: string, where: string) => `${module}: taken back; it is in ${where}`,
  noMoves: "no module was moved here",
  none: "was not moved",
  begun: (running: boolean, committed: boolean): string =>
    running
      ? "under way"
      : committed
        ? "stopped past its commit point: give the same command again to go on"
        : "stopped: give the same command again to go on, or --abort",
  done: (when: string) => `moved ${when}; --rollback moves it back`,
  plan: {
    steps: "Steps",
    waits: "held",
    process: (name: string) => `process ${name} comes to hold it, beside the one that does`,
    prepare: (server: string) => `its tables are made on server ${server}`,
    copy: (rows: string, size: string, tables: number) =>
      `${rows} rows (${size} in ${tables} tables) are copied; what is written meanwhile follows`,
    reverse: "replication the other way, for the way back",
    fence: "calls wait, the last changes arrive, the old place is closed: the commit point",
    fenceCopy: (rows: string) => `calls wait, ${rows} rows are copied, the old place is closed: the commit point`,
    open: "the new place is opened, and calls go on there",
    verify: "rows and checksums of both places are compared; replication ends",
    nobody: "nobody",
    about: (time: string) => `about ${time}`,
    calls: (time: string) => `its calls, about ${time}`,
    good: "Nothing stands in the way now.",
    refused: "It would be refused:",
    givesUp:
      "It is given up, and everything is as it was, when the target cannot keep up, a transaction keeps a table locked, or work in hand does not end.",
    slots:
      "A target that dies meanwhile can fill the source's disk: the source has no max_slot_wal_keep_size. It is looked at while the move goes on.",
    unchanged: "Nothing was changed.",
  },
  topologySame: "as it was started",
  topologyChanged: (name: string) => `since it was started as ${name}:`,
  scaleShape: (word: string | null) =>
    `${word === null ? "nothing is said of what to scale" : `"${word}" does not say how many`}: give PROCESS=N with a number from 1 on, such as reviews=3`,
  scaling: (process: string, before: number, after: number) =>
    after > before
      ? `bringing ${process} from ${before} to ${after} processes; calls go to each as soon as it is ready`
      : `bringing ${process} from ${before} to ${after} processes; those that end finish what they have in hand`,
};

const ko: typeof en = {
  noneRuns: (root) => `${root}에서 실행 중인 그런 배포가 없습니다. seamline up APP으로 시작하세요`,
  moduleMissing: (which) =>
    which.length === 0
      ? "여기에는 이동 기록이 없습니다. MODULE을 주세요"
      : `MODULE이 없습니다. 이동 기록이 있는 모듈: ${which.join(", ")}`,
  placeMissing:
    "--process 이름, --server 이름, 또는 둘 다 주세요. seamline split MODULE, seamline merge MODULE도 있습니다",
  process: "프로세스",
  server: "서버",
  resumed: "전에 시작한 이동을 멈춘 곳에서 이어 갑니다",
  processBegun: (name) => `프로세스 ${name}도 모듈을 맡습니다. 그동안 호출은 계속됩니다`,
  processEnded: (name) => `호출이 프로세스 ${name}(으)로 갑니다`,
  checked: "데이터를 옮기는 데 걸리는 것이 없습니다",
  preparing: "옮길 곳에 빈 테이블을 닫힌 채로 만듭니다",
  copying: (ready, total, rows, size) => `복사하는 중: 테이블 ${total}개 가운데 ${ready}개, ${rows}행, ${size}`,
  copied: (total) => `테이블 ${total}개를 모두 복사했습니다`,
  behind: (lag) => `그동안 쓰인 것이 따라갑니다. ${lag} 뒤처짐`,
  reversed: "돌아갈 길이 열렸습니다",
  willHold: (time) =>
    `--copy: 모든 행을 복사하는 동안${time === null ? "" : ` 약 ${time}`} 이 모듈의 호출이 기다립니다. 기한이 더 짧은 호출은 실패합니다`,
  holding: "호출이 기다립니다",
  copyingHeld: (rows) => `호출이 기다리는 동안 복사하는 중: ${rows}행`,
  again: (ms) => `때가 맞지 않아 ${ms} 뒤에 호출을 원래 자리에서 이어 갔습니다. 다시 해 봅니다`,
  switched: (ms, held) =>
    `호출이 새 자리에서 이어집니다. ${ms} 동안 멈췄습니다${held === null || held === 0 ? "" : `(기다린 호출 ${held}개)`}`,
  verified: "그때의 두 곳을 견주었습니다",
  cleared: "이동에 쓴 것을 모두 치웠습니다",
  takingBack: "모두 되돌리는 중 …",
  goingForward: "커밋 시점을 지났으므로 끝까지 갑니다 …",
  isNow: (module, process, server) =>
    `${module}: 프로세스 ${process}${server === null ? "" : `, 데이터는 서버 ${server}`}`,
  rows: (rows, tables) => `테이블 ${tables}개의 ${rows}행을 옮겼고, 행 수와 체크섬이 같습니다`,
  rowsUnknown: "데이터를 옮겼습니다. 견주는 일은 앞의 명령이 했습니다",
  differs: (tables) =>
    `${tables}: 호출을 멈췄을 때 두 곳이 달랐습니다. 이 테이블들을 살펴보고, 필요하면 --rollback으로 되돌리세요`,
  leftThere:
    "옛 자리가 대답하지 않습니다. 거기 남은 복제는 그곳으로 다시 옮길 때 없어지고, 그때까지 디스크를 얼마나 쓸 수 있는지는 max_slot_wal_keep_size가 정합니다",
  pause: (ms, held) => `호출이 멈춘 시간: ${ms}${held === null ? "" : `, 기다린 호출은 많아야 ${held}개`}`,
  noPause: "멈춘 호출이 없습니다",
  calls: (calls, failed, longest) =>
    `그동안의 호출 ${calls}개, 실패 ${failed}개${longest === null ? "" : `, 가장 오래 걸린 것 ${longest}`}`,
  back: (module) => `되돌리기: seamline move ${module} --rollback`,
  undone: "중단했습니다. 모두 그대로입니다",
  abandoned: (module) =>
    `${module}의 이동이 중간에 멈췄습니다. 같은 명령을 다시 주면 이어 가고, seamline move ${module} --abort로 되돌립니다`,
  aborted: (module, where) => `${module}: 되돌렸습니다. 지금 있는 곳: ${where}`,
  noMoves: "여기에서 옮긴 모듈이 없습니다",
  none: "옮긴 적이 없습니다",
  begun: (running, committed) =>
    running
      ? "옮기는 중"
      : committed
        ? "커밋 시점을 지나 멈췄습니다. 같은 명령을 다시 주면 이어 갑니다"
        : "멈췄습니다. 같은 명령을 다시 주면 이어 가고, --abort로 되돌립니다",
  done: (when) => `${when}에 옮겼습니다. --rollback으로 되돌립니다`,
  plan: {
    steps: "단계",
    waits: "기다리는 것",
    process: (name) => `프로세스 ${name}도 모듈을 맡습니다`,
    prepare: (server) => `서버 ${server}에 테이블을 만듭니다`,
    copy: (rows, size, tables) => `${rows}행(테이블 ${tables}개, ${size})을 복사하고, 그동안 쓰는 것도 따라갑니다`,
    reverse: "돌아갈 길을 위해 반대쪽으로도 복제합니다",
    fence: "호출이 기다리고, 마지막 변경이 도착하고, 옛 자리를 닫습니다(커밋 시점)",
    fenceCopy: (rows) => `호출이 기다리고, ${rows}행을 복사하고, 옛 자리를 닫습니다(커밋 시점)`,
    open: "새 자리를 열고, 호출이 거기서 이어집니다",
    verify: "두 곳의 행과 체크섬을 견주고, 복제를 끝냅니다",
    nobody: "없음",
    about: (time) => `약 ${time}`,
    calls: (time) => `이 모듈의 호출, 약 ${time}`,
    good: "지금은 걸리는 것이 없습니다.",
    refused: "거절될 까닭:",
    givesUp:
      "옮길 곳이 따라오지 못하거나, 어떤 트랜잭션이 테이블을 잠근 채로 있거나, 하던 일이 끝나지 않으면 포기하고 모두 되돌립니다.",
    slots:
      "그동안 옮길 곳이 죽으면 원래 서버의 디스크가 찰 수 있습니다. 원래 서버에 max_slot_wal_keep_size가 없습니다. 이동하는 동안은 살펴봅니다.",
    unchanged: "아무것도 바꾸지 않았습니다.",
  },
  topologySame: "시작할 때와 같습니다",
  topologyChanged: (name) => `${name}(으)로 시작한 뒤 바뀐 것:`,
  scaleShape: (word) =>
    `${word === null ? "무엇을 몇 개로 할지 없습니다" : `"${word}"에는 몇 개인지가 없습니다`}. reviews=3처럼 PROCESS=N을 1 이상의 수로 주세요`,
  scaling: (process, before, after) =>
    after > before
      ? `${process}의 프로세스를 ${before}개에서 ${after}개로 늘립니다. 준비되는 대로 호출을 받습니다`
      : `${process}의 프로세스를 ${before}개에서 ${after}개로 줄입니다. 끝나는 프로세스는 하던 일을 마칩니다`,
};

export const moving = { en, ko };
