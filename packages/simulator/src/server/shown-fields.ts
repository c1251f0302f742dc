/** No request of TWS has more fields than this. */
const MOST_FIELDS = 300;
const LONGEST_FIELD = 500;

/** The fields of a message that could not be read, as the journal keeps them: whoever sends rubbish by the megabyte must not fill the memory with it. */
export function shownFields(fields: readonly string[]): readonly string[] {
  const shown = fields.slice(0, MOST_FIELDS).map((field) => (field.length > LONGEST_FIELD ? `${field.slice(0, LONGEST_FIELD)}... (${field.length} characters)` : field));
  if (fields.length > MOST_FIELDS) shown.push(`... (${fields.length} fields)`);
  return shown;
}
