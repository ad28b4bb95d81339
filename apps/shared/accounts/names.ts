/** Names that would let their holder speak for the site. Compared as handles are. */
const reserved = new Set(
  ["admin", "administrator", "root", "system", "moderator", "operator", "support", "staff", "null", "undefined"].concat(
    ["관리자", "운영자", "운영진", "운영팀", "시스템", "매니저", "사이트관리자", "고객센터", "탈퇴회원", "탈퇴한회원"],
  ),
);

/** The form in which names are compared: two names with one handle are one name. */
export function handleOf(username: string): string {
  return username.normalize("NFKC").trim().toLowerCase();
}

export function isReserved(handle: string): boolean {
  return reserved.has(handle.replaceAll("_", ""));
}
