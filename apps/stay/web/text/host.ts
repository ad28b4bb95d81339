/** Words of the pages for hosts, reviews, notes, moderation and administration. */

export const ko = {};

export const en: typeof ko = {};
