import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { html } from "hono/html";
import type { Books } from "./books.ts";
import { cards } from "./contract.ts";
import { Faults } from "./simulator.ts";

/** The provider's page for people: what it holds, and the switches of its faults. Works without script. */

const texts = {
  ko: {
    title: "결제 대행사 모의 프로그램",
    about: "실제 돈은 오가지 않습니다. 아래 스위치로 장애를 일으킬 수 있습니다.",
    faults: "장애",
    decline: "승인 거절 비율",
    timeoutAfterCharge: "처리 후 무응답 비율",
    errorBeforeCharge: "처리 전 오류(500) 비율",
    duplicate: "웹훅 중복 비율",
    lateMs: "웹훅 지연 (ms)",
    shuffle: "웹훅 순서 섞기",
    lose: "웹훅 유실 비율",
    outage: "전체 중단 (503)",
    slowMs: "응답 지연 (ms)",
    seed: "난수 씨앗",
    apply: "적용",
    reset: "모두 끄기",
    charges: "최근 거래",
    none: "아직 거래가 없습니다.",
    waiting: "보낼 웹훅",
    cards: "시험용 카드",
    columns: ["시각 (UTC)", "결제", "상태", "사유", "금액", "매입", "환불"],
  },
  en: {
    title: "Simulated payment provider",
    about: "No real money is moved. The switches below make it fail.",
    faults: "Faults",
    decline: "Authorizations declined, share",
    timeoutAfterCharge: "Done but never answered, share",
    errorBeforeCharge: "Error 500 before anything is done, share",
    duplicate: "Webhooks sent twice, share",
    lateMs: "Webhooks held back (ms)",
    shuffle: "Webhooks in any order",
    lose: "Webhooks lost, share",
    outage: "Outage (503)",
    slowMs: "Answers slower by (ms)",
    seed: "Seed of chance",
    apply: "Apply",
    reset: "All off",
    charges: "Latest charges",
    none: "No charges yet.",
    waiting: "Webhooks to send",
    cards: "Cards to try",
    columns: ["Time (UTC)", "Payment", "State", "Reason", "Amount", "Captured", "Refunded"],
  },
} as const;

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 68rem; margin: 0 auto; padding: 1.5rem }
  h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
  form { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .75rem 1.5rem }
  label { display: flex; justify-content: space-between; align-items: center; gap: 1rem }
  input { font: inherit } input[type=number] { width: 6.5rem }
  button { font: inherit; padding: .4rem 1rem; min-height: 2.75rem }
  .scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
  th, td { white-space: nowrap; padding: .35rem .6rem; text-align: start; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
  td:nth-child(n+5), th:nth-child(n+5) { text-align: end; font-variant-numeric: tabular-nums }
  code { font-size: .9em }
`;

export function facePages(scope: FastifyInstance, books: Books): void {
  scope.get("/", async (request, reply) => show(request, reply, books));
  scope.post("/", async (request, reply) => {
    if (!isOwnForm(request)) return reply.code(403).send({ error: "form_of_another_site" });
    books.faults = fromForm((request.body ?? {}) as Readonly<Record<string, string>>);
    return reply.redirect("/", 303);
  });
}

/** Browsers say where a form comes from; a form of some other page must not switch anything. */
function isOwnForm({ headers }: FastifyRequest): boolean {
  const { origin, host } = headers;
  return origin === undefined || origin === `http://${host}`;
}

function fromForm({ reset, ...given }: Readonly<Record<string, string>>): Faults {
  if (reset !== undefined) return Faults.parse({});
  const { duplicate, lateMs, lose, shuffle, outage, ...rest } = given;
  return Faults.parse({
    ...rest,
    outage: outage === "on",
    webhooks: { duplicate, lateMs, lose, shuffle: shuffle === "on" },
  });
}

async function show(request: FastifyRequest, reply: FastifyReply, books: Books): Promise<FastifyReply> {
  const language = languageOf(request);
  const nonce = randomBytes(16).toString("base64");
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;
  const shown = await page(language, nonce, books);
  return reply
    .headers({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "no-store",
      vary: "accept-language",
      // "no-referrer" would turn the form's Origin into "null".
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
    })
    .send(shown.toString());
}

function languageOf({ query, headers }: FastifyRequest): "ko" | "en" {
  const wished = (query as { lang?: string }).lang ?? headers["accept-language"] ?? "ko";
  return /^\s*en/i.test(wished) ? "en" : "ko";
}

function page(language: "ko" | "en", nonce: string, books: Books) {
  const text = texts[language];
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${text.title}</title>
        <style nonce="${nonce}">
          ${style}
        </style>
      </head>
      <body>
        <main>
          <h1>${text.title}</h1>
          <p>${text.about}</p>
          ${faultsForm(text, books.faults)} ${chargesTable(text, books)}
          <h2>${text.cards}</h2>
          <p>${Object.keys(cards).map((card) => html`<code>${card}</code> `)}</p>
        </main>
      </body>
    </html>`;
}

type Text = (typeof texts)[keyof typeof texts];

function faultsForm(text: Text, faults: Faults) {
  const { webhooks, outage, ...rest } = faults;
  const { shuffle, ...ofWebhooks } = webhooks;
  const numbers = { ...rest, ...ofWebhooks };
  return html`<h2>${text.faults}</h2>
    <form method="post" action="/">
      ${Object.entries({ outage, shuffle }).map(
        ([name, on]) =>
          html`<label
            >${text[name as "outage"]} <input type="checkbox" name="${name}" ${on ? "checked" : ""}
          /></label>`,
      )}
      ${Object.entries(numbers).map(([name, value]) => {
        const most = name === "seed" ? "" : name.endsWith("Ms") ? "60000" : "1";
        const step = most === "1" ? "0.01" : "1";
        return html`<label
          >${text[name as "seed"]}
          <input type="number" name="${name}" value="${value}" min="0" max="${most}" step="${step}" required
        /></label>`;
      })}
      <div><button>${text.apply}</button> <button name="reset" value="1" formnovalidate>${text.reset}</button></div>
    </form>`;
}

function chargesTable(text: Text, books: Books) {
  const rows = books.latest(50);
  const table = html`<div class="scroll" tabindex="0" role="region" aria-label="${text.charges}">
    <table>
      <thead>
        <tr>
          ${text.columns.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ at, payment, state, reason, amount, captured, refunded }) =>
            html`<tr>
              ${[...[shownTime(at), payment, state, reason ?? ""], ...[amount, captured, refunded].map(shownWon)].map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
  return html`<h2>${text.charges}</h2>
    <p>${text.waiting}: ${books.hooksWaiting()}</p>
    ${rows.length === 0 ? html`<p>${text.none}</p>` : table}`;
}

const shownWon = (won: number): string => won.toLocaleString("en");

/** In UTC, to the second. */
const shownTime = (at: string): string => at.slice(0, 19).replace("T", " ");
