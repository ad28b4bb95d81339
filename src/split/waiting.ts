import type { Hand } from "./hand.ts";

/** Who holds up a move: the oldest transactions that write, or use the module's tables. */
export async function writersText(hand: Hand): Promise<string> {
  const rows = await hand.rows<{ text: string }>(
    `select format('process %s (%s) has a transaction open since %s s', pid, coalesce(nullif(application_name, ''), usename, backend_type),
         extract(epoch from now() - xact_start)::int) as text
     from pg_stat_activity a
     where pid <> pg_backend_pid() and xact_start is not null and application_name <> 'seamline move'
       and (backend_xid is not null or exists (
         select from pg_locks l join pg_class c on c.oid = l.relation
         where l.pid = a.pid and l.granted and c.relnamespace = (select oid from pg_namespace where nspname = $1)))
     order by xact_start limit 3`,
    [hand.side.address.schema],
  );
  return rows.map(({ text }) => text).join(", ");
}
