import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { letterOperations } from "../letters.ts";
import { At, Id } from "../text.ts";

/**
 * People: who they are, how they prove it, and for how long that holds.
 *
 * `address` (where a request came from) is told by the pages that saw the connection. Operations that count attempts by
 * it therefore have no HTTP route of their own: a foreign client could claim any address.
 */

/** What a closed account's author is called. Has a blank, so nobody can register it. */
export const closedName = "탈퇴한 회원";

/** A name to sign in with and to be seen by: Hangul syllables, Latin letters, digits and "_"; unique whatever the case. */
export const Username = z
  .string()
  .overwrite((name) => name.normalize("NFC").trim())
  .regex(/^[가-힣A-Za-z0-9_]{2,20}$/, "2–20 Hangul syllables, Latin letters, digits or _");

export const User = z.object({ id: Id, name: z.string(), roles: z.array(z.string()) });
/** How other modules remember who wrote something; id null: nobody who can sign in (any more). */
export const Author = z.object({ id: Id.nullable(), name: z.string() });

const SignedIn = z.object({
  user: User,
  /** For a cookie or `Authorization: Bearer`; it is told once and cannot be asked for again. */
  token: z.string(),
  session: Id,
  expiresAt: At,
});
const Session = z.object({ id: Id, startedAt: At, seenAt: At, expiresAt: At, device: z.string() });

/** Bounds the work of hashing; the rules proper (10–128 code points, not common) answer with `weakPassword`. */
const Password = z.string().max(1024);
const Token = z.string().max(256);
const origin = {
  /** The client's network address; left out by callers that have none, such as programs. */
  address: z.string().max(64).optional(),
  /** The client's User-Agent, shown in the list of sessions. */
  device: z.string().max(400).default(""),
};

const WeakPassword = z.object({ reason: z.enum(["tooShort", "tooLong", "common", "likeName"]) });
const Later = z.object({ retryAfterSeconds: z.number().int() });
const SignIn = z.object({});
const NotFound = z.object({ user: Id });
/** "oneself": an admin does this to others only, so one who can take it back always remains. */
const Forbidden = z.object({ reason: z.enum(["signIn", "adminsOnly", "oneself"]) });
/** Everything that signed-in people may do beyond what everybody may. */
export const roles = ["admin"] as const;
/**
 * Hashing takes long by intent. And what such a command is given or gives must not be remembered in the store: a digest of
 * the input would be a fast hash of the password, and the result may hold a token.
 */
const hashing = { deadlineMs: 3000, secret: true } as const;

export const accounts = contract("accounts", {
  /** Opens an account and signs in. */
  register: command({
    input: z.object({ username: Username, password: Password, ...origin }),
    output: SignedIn,
    errors: {
      taken: z.object({ username: z.string() }),
      weakPassword: WeakPassword,
      tooManyAttempts: Later,
      busy: Later,
    },
    ...hashing,
  }),
  /**
   * null: name and password do not belong together (whichever is wrong). This is a result and not an error because an
   * error undoes the transaction, and with it the count of attempts. Only who knows the password hears `suspended`.
   */
  login: command({
    input: z.object({ username: z.string().max(200), password: Password, ...origin }),
    output: SignedIn.nullable(),
    errors: { tooManyAttempts: Later, busy: Later, suspended: z.object({ until: At }) },
    ...hashing,
  }),
  /** Ends the session of a token. A token that is not known (any more) is no error. */
  logout: command({ input: z.object({ token: Token }) }),
  /** Who a session token stands for; null: nobody. Changes nothing: see `touchSession`. */
  verifySession: query({
    input: z.object({ token: Token }),
    output: z
      .object({
        user: User,
        /** Signed, for `as(identity)`. */
        identity: z.string(),
        session: Id,
        expiresAt: At,
        /** When it was last noted as used. Pages call `touchSession` when this is over an hour ago. */
        seenAt: At,
      })
      .nullable(),
  }),
  /** Notes that a session is in use, which puts off its idle end. Writes at most once in five minutes. */
  touchSession: command({ input: z.object({ token: Token }) }),
  /** The caller's live sessions, the newest first. */
  sessions: query({
    output: z.array(Session),
    errors: { signInNeeded: SignIn },
    http: "GET /api/sessions",
  }),
  /** Ends the caller's sessions: those of `ids`, or all of them but `except`. */
  endSessions: command({
    input: z.object({ ids: z.array(Id).max(100).optional(), except: Id.optional() }),
    output: z.object({ ended: z.number().int() }),
    errors: { signInNeeded: SignIn },
  }),
  /** Also ends all sessions but `except`. `changed` is false when the current password is wrong. */
  changePassword: command({
    input: z.object({ current: Password, next: Password, except: Id.optional(), ...origin }),
    output: z.object({ changed: z.boolean() }),
    errors: { signInNeeded: SignIn, weakPassword: WeakPassword, tooManyAttempts: Later, busy: Later },
    ...hashing,
  }),
  /** Takes a new name; the old one stays reserved for its owner. */
  rename: command({
    input: z.object({ username: Username }),
    output: User,
    errors: { signInNeeded: SignIn, taken: z.object({ username: z.string() }) },
  }),
  /** Leaves (탈퇴): everything personal is erased, what was written stays without its author. */
  close: command({
    input: z.object({ password: Password, ...origin }),
    output: z.object({ closed: z.boolean() }),
    errors: { signInNeeded: SignIn, tooManyAttempts: Later, busy: Later },
    ...hashing,
  }),
  /** Gives or takes a role; admins only. A session has it with the next look at it, half a minute later at most. */
  setRole: command({
    input: z.object({ user: Id, role: z.enum(roles), granted: z.boolean() }),
    output: User,
    errors: { forbidden: Forbidden, notFound: NotFound },
  }),
  /** Keeps a person out until then, and ends their sessions; admins only. A time that has passed lets them in again. */
  suspend: command({
    input: z.object({ user: Id, until: At }),
    errors: { forbidden: Forbidden, notFound: NotFound },
  }),
  /** Those of the users who exist, in no particular order. */
  getMany: query({ input: z.object({ ids: z.array(Id).max(100) }), output: z.array(User) }),
  findByHandle: query({
    input: z.object({ handle: z.string().max(200) }),
    output: User.nullable(),
    http: "GET /api/users/:handle",
  }),
  ...letterOperations,

  userRegistered: event(z.object({ user: User, at: At }), { key: ({ user }) => user.id }),
  userRenamed: event(z.object({ user: Id, name: z.string(), at: At }), { key: ({ user }) => user }),
  userSuspended: event(z.object({ user: Id, until: At, at: At }), { key: ({ user }) => user }),
  userClosed: event(z.object({ user: Id, at: At }), { key: ({ user }) => user }),
  sessionRevoked: event(z.object({ user: Id, session: Id, at: At }), { key: ({ user }) => user }),
});
