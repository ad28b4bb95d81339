/** Words of the pages for booking, paying, and one's trips. */

export const ko = {};

export const en: typeof ko = {};
