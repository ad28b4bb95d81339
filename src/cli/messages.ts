import { en, type Messages } from "./messages/en.ts";
import { ko } from "./messages/ko.ts";

/** Every word that the commands say to people, in both languages. Messages of errors stay as they are thrown. */
export type Language = "en" | "ko";
export const messages: Readonly<Record<Language, Messages>> = { en, ko };
