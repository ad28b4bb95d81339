/** Words of the pages for looking for houses and at one. */

export const ko = {};

export const en: typeof ko = {};
