/** A text, or one text for each plural category of the language (`Intl.PluralRules`), chosen by `count`. */
/** @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Entry */
/** @typedef {Record<string, Entry>} Dictionary */

/** Invisible characters around a value, so that a name in another direction does not reorder the sentence. */
const ISOLATE = '\u2068';
const END_OF_ISOLATE = '\u2069';

/**
 * The text of a key, with its `{placeholders}` filled.
 * @param {Dictionary} dictionary
 * @param {string} language BCP 47 tag, for plurals and numbers
 * @param {string} key
 * @param {Record<string, string | number>} [values] a text is isolated from the direction of the sentence
 * @returns {string}
 */
export function translate(dictionary, language, key, values = {}) {
  const entry = dictionary[key];
  if (entry === undefined) throw new Error(`There is no text for '${key}' in ${language}.`);
  const text = typeof entry === 'string' ? entry : plural(entry, language, key, values);
  return text.replace(/\{(\w+)\}/g, (placeholder, name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The text '${key}' needs a value for ${placeholder}.`);
    return typeof value === 'number'
      ? new Intl.NumberFormat(language).format(value)
      : `${ISOLATE}${value}${END_OF_ISOLATE}`;
  });
}

/**
 * @param {Partial<Record<Intl.LDMLPluralRule, string>>} forms
 * @param {string} language
 * @param {string} key
 * @param {Record<string, string | number>} values
 */
function plural(forms, language, key, values) {
  const form = forms[new Intl.PluralRules(language).select(Number(values.count))] ?? forms.other;
  if (form === undefined) throw new Error(`The text '${key}' has no form for ${values.count} in ${language}.`);
  return form;
}

/**
 * The language to begin with: the first of a person's that there is. Chinese without a script is told apart by region.
 * @param {readonly string[]} wanted BCP 47 tags, the best first
 * @returns {'en' | 'zh-Hans' | 'zh-Hant'}
 */
export function bestLanguage(wanted) {
  for (const tag of wanted) {
    const { language, script } = new Intl.Locale(tag).maximize();
    if (language === 'en') return 'en';
    if (['zh', 'yue', 'cmn'].includes(language)) return script === 'Hant' ? 'zh-Hant' : 'zh-Hans';
  }
  return 'en';
}
