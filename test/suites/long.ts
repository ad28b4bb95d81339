/** Whether this is `npm run test:long`, which tries everything; `npm test` tries a selection where all would take too long. */
export const long = process.env["SEAMLINE_LONG"] === "1";
