import type { Invariant, Violation } from "../../module/invariants.ts";

/** What must hold in every app. @param modules those that have a store */
export function ownChecks(modules: readonly string[]): Invariant[] {
  return [
    each(modules, {
      id: "S1",
      says: { en: "every event reaches its subscribers", ko: "모든 이벤트가 받을 모듈에 닿는다" },
      text: `select event || ' ' || id || ' → ' || subscriber as id, attempts, last_error as error, dead_at as "deadAt"
        from seamline_outbox where dead_at is not null order by position`,
    }),
    each(modules, {
      id: "S2",
      says: { en: "no saga is stuck", ko: "멈춰 선 사가가 없다" },
      text: `select saga || ' ' || id as id, step, failures as attempts, error, since
        from seamline_sagas where stuck order by since`,
    }),
  ];
}

interface Looked extends Pick<Invariant, "id" | "says"> {
  /** Violations with an id, in one module's store. */
  readonly text: string;
}

function each(modules: readonly string[], { id, says, text }: Looked): Invariant {
  return {
    id,
    says,
    async run(access) {
      const violations: Violation[] = [];
      for (const module of modules)
        for (const { id: found, ...what } of await access.sql(module, text))
          violations.push({ id: `${module}: ${found}`, what });
      return { checked: modules.length, violations };
    },
  };
}
