/** The page's look: light and dark by the reader's setting, narrow and wide, and on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #15171a);
  --card: light-dark(#ffffff, #1d2024);
  --ink: light-dark(#1c1f23, #e8e6e1);
  --soft: light-dark(#5b616a, #a4a9b1);
  --line: light-dark(#dcd9d3, #383d44);
  --good: light-dark(#1f8a78, #3fb59f);
  --degraded: light-dark(#e3a21a, #e0a63a);
  --bad: light-dark(#c2374a, #e0566a);
  --window: light-dark(#1c1f2314, #ffffff1c);
  --app: light-dark(#33608c, #6fa3d4);
  --database: light-dark(#a9c0d6, #3d5f80);
}
* { box-sizing: border-box; }
html { font: 16px/1.55 system-ui, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", sans-serif; background: var(--paper); color: var(--ink); word-break: keep-all; overflow-wrap: anywhere; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem clamp(1rem, 4vw, 3rem) 5rem; }
h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.2; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 1.3rem; margin: 3rem 0 0.4rem; padding-top: 0.9rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1rem; margin: 1.6rem 0 0.4rem; }
p { max-width: 46rem; margin: 0.5rem 0; }
.soft, .axis, caption { color: var(--soft); font-size: 0.875rem; }
code { font: 0.875rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
a { color: inherit; }
:focus-visible { outline: 3px solid var(--app); outline-offset: 2px; }
.choice { float: right; display: flex; gap: 0.25rem; margin-left: 1rem; }
.choice label { padding: 0.3rem 0.8rem; border: 1px solid var(--line); border-radius: 2rem; cursor: pointer; font-size: 0.875rem; }
.choice label:has(:checked) { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.choice label:has(:focus-visible) { outline: 3px solid var(--app); outline-offset: 2px; }
.choice input { position: absolute; opacity: 0; pointer-events: none; }
body:has(#lang-ko:checked) main[lang="en"], body:has(#lang-en:checked) main[lang="ko"] { display: none; }
.verdicts { list-style: none; margin: 1.5rem 0; padding: 0; display: grid; gap: 0.75rem; }
.verdicts li { background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--soft); border-radius: 0.4rem; padding: 0.7rem 1rem; }
.verdicts li.split, .verdicts li.both { border-left-color: var(--app); }
.verdicts li.guards { border-left-color: var(--good); }
.verdicts li.worse { border-left-color: var(--bad); }
.verdicts.tight { gap: 0.3rem; margin: 0.8rem 0; } .verdicts.tight li { padding: 0.35rem 0.8rem; font-size: 0.875rem; }
.verdicts b { display: block; font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.875rem; }
.warning { border: 2px solid var(--bad); border-radius: 0.4rem; padding: 0.6rem 1rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 1rem; margin: 1rem 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.9rem 1rem; margin: 0; break-inside: avoid; min-width: 0; }
.card figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; align-items: baseline; margin-bottom: 0.6rem; }
.card strong { font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.rows { display: grid; grid-template-columns: minmax(4rem, max-content) minmax(6rem, 1fr) max-content; gap: 0.35rem 0.75rem; align-items: center; font-size: 0.875rem; }
.rows > :nth-child(3n) { text-align: right; font-variant-numeric: tabular-nums; }
.rows.wide { background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.9rem 1rem; }
.axis { position: relative; height: 1.4rem; font-size: 0.75rem; }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.axis span:first-child { transform: none; }
.axis span:last-child { transform: translateX(-100%); }
svg { display: block; width: 100%; }
.strip { height: 1.6rem; background: var(--window); border-radius: 0.15rem; }
.distribution { height: 2.6rem; border-bottom: 1px solid var(--line); }
.bar { height: 1.1rem; }
.good { fill: var(--good); } .degraded { fill: var(--degraded); } .bad { fill: var(--bad); }
.window { fill: var(--window); stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 3 2; vector-effect: non-scaling-stroke; }
.area, .app { fill: var(--app); } .database { fill: var(--database); }
.grid { stroke: var(--line); } .mark { stroke: var(--ink); stroke-width: 1.5; }
.grid, .mark { fill: none; vector-effect: non-scaling-stroke; }
.key { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; padding: 0; margin: 0.5rem 0; list-style: none; font-size: 0.875rem; color: var(--soft); }
.key i { display: inline-block; width: 0.9rem; height: 0.9rem; border-radius: 0.15rem; margin-right: 0.4rem; vertical-align: -0.1rem; }
.key .k-good { background: var(--good); } .key .k-degraded { background: var(--degraded); } .key .k-bad { background: var(--bad); }
.key .k-app { background: var(--app); } .key .k-database { background: var(--database); }
.key .k-window { background: var(--window); border: 1px dashed var(--ink); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: left; padding: 0.35rem 0.8rem 0.35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { overflow-wrap: normal; border-bottom: 2px solid var(--line); font-weight: 600; }
tbody th { font-weight: 500; white-space: pre-wrap; min-width: 7rem; }
td { min-width: 6rem; white-space: nowrap; }
.facts td { white-space: normal; }
tbody th, thead :first-child { position: sticky; left: 0; background: var(--paper); }
.glance { margin: 1.5rem 0 0; } .glance tbody th { min-width: 9rem; } .glance td { width: 18%; }
.glance td { padding-bottom: 0.5rem; }
.meter { display: block; height: 0.35rem; margin-top: 0.25rem; border-radius: 0.2rem; background: var(--window); overflow: hidden; }
.meter i { display: block; height: 100%; }
.loss i { background: var(--bad); } .cost i { background: var(--app); }
details { margin: 0.8rem 0; }
summary { cursor: pointer; color: var(--soft); font-size: 0.875rem; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0 2rem; }
.sides ul { padding-left: 1.1rem; margin: 0.3rem 0; }
dl { display: grid; grid-template-columns: minmax(9rem, max-content) 1fr; gap: 0.6rem 1.5rem; font-size: 0.9rem; }
dt { font-weight: 600; max-width: 14rem; } dd { margin: 0; max-width: 46rem; } dd code { display: block; color: var(--soft); }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0.2rem; } dd { margin-bottom: 0.8rem; } .rows { grid-template-columns: 1fr max-content; grid-auto-flow: row dense; } .rows > :nth-child(3n + 2) { grid-column: 1 / -1; } .choice { float: none; justify-content: end; margin: 0 0 1rem; } }
@media print {
  :root { color-scheme: light; --paper: #fff; } body { max-width: none; padding: 0; } html { font-size: 11px; }
  .choice { display: none; } .scroll { overflow: visible; } td { white-space: normal; min-width: 0; } h2, h3 { break-after: avoid; } tr { break-inside: avoid; }
  svg, i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; display: block; }
}
`;
