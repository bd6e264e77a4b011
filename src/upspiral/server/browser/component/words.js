// In which language does the component speak? Four are inside; a page may give its own words, or change some.

/**
 * Every text that the component shows. `{n}` stands for a number of stars.
 *
 * @typedef {object} Words
 * @property {string} question Heading of every variant.
 * @property {string} up
 * @property {string} down
 * @property {string} stars Label of the row of stars.
 * @property {string} star One star.
 * @property {string} manyStars Two to five.
 * @property {string} labels Heading of the words that describe an answer.
 * @property {string} helpful
 * @property {string} wrong
 * @property {string} incomplete
 * @property {string} tooLong
 * @property {string} rude
 * @property {string} comment
 * @property {string} correction
 * @property {string} send
 * @property {string} sending
 * @property {string} sent
 * @property {string} queued
 * @property {string} empty Where nothing was said.
 * @property {string} refused
 * @property {string} expired
 * @property {string} you Who asked, above a message.
 * @property {string} assistant Who answered.
 * @property {string} copy
 * @property {string} copied
 */

/** @type {Record<string, Words>} */
export const LANGUAGES = {
  en: {
    question: "Was this answer helpful?",
    up: "Good answer",
    down: "Bad answer",
    stars: "Rate this answer",
    star: "{n} star",
    manyStars: "{n} stars",
    labels: "What describes it?",
    helpful: "Helpful",
    wrong: "Wrong",
    incomplete: "Incomplete",
    tooLong: "Too long",
    rude: "Rude",
    comment: "Comment",
    correction: "What should it have said?",
    send: "Send",
    sending: "Sending …",
    sent: "Thank you for your feedback.",
    queued: "Saved. It is sent as soon as the server can be reached.",
    empty: "Choose or write something first.",
    refused: "Your feedback could not be sent.",
    expired: "This answer can no longer be rated.",
    you: "You",
    assistant: "Assistant",
    copy: "Copy",
    copied: "Copied",
  },
  de: {
    question: "War diese Antwort hilfreich?",
    up: "Gute Antwort",
    down: "Schlechte Antwort",
    stars: "Antwort bewerten",
    star: "{n} Stern",
    manyStars: "{n} Sterne",
    labels: "Was trifft zu?",
    helpful: "Hilfreich",
    wrong: "Falsch",
    incomplete: "Unvollständig",
    tooLong: "Zu lang",
    rude: "Unhöflich",
    comment: "Kommentar",
    correction: "Was wäre richtig gewesen?",
    send: "Senden",
    sending: "Wird gesendet …",
    sent: "Danke für deine Rückmeldung.",
    queued: "Gespeichert. Es wird gesendet, sobald der Server erreichbar ist.",
    empty: "Wähle oder schreibe zuerst etwas.",
    refused: "Deine Rückmeldung konnte nicht gesendet werden.",
    expired: "Diese Antwort kann nicht mehr bewertet werden.",
    you: "Du",
    assistant: "Assistent",
    copy: "Kopieren",
    copied: "Kopiert",
  },
  fr: {
    question: "Cette réponse vous a-t-elle aidé ?",
    up: "Bonne réponse",
    down: "Mauvaise réponse",
    stars: "Noter cette réponse",
    star: "{n} étoile",
    manyStars: "{n} étoiles",
    labels: "Comment la décrire ?",
    helpful: "Utile",
    wrong: "Fausse",
    incomplete: "Incomplète",
    tooLong: "Trop longue",
    rude: "Impolie",
    comment: "Commentaire",
    correction: "Qu’aurait-elle dû dire ?",
    send: "Envoyer",
    sending: "Envoi …",
    sent: "Merci pour votre avis.",
    queued: "Enregistré. L’envoi se fera dès que le serveur sera joignable.",
    empty: "Choisissez ou écrivez d’abord quelque chose.",
    refused: "Votre avis n’a pas pu être envoyé.",
    expired: "Cette réponse ne peut plus être notée.",
    you: "Vous",
    assistant: "Assistant",
    copy: "Copier",
    copied: "Copié",
  },
  ar: {
    question: "هل كانت هذه الإجابة مفيدة؟",
    up: "إجابة جيدة",
    down: "إجابة سيئة",
    stars: "قيّم هذه الإجابة",
    star: "نجمة واحدة",
    manyStars: "{n} نجوم",
    labels: "ما الذي يصفها؟",
    helpful: "مفيدة",
    wrong: "خاطئة",
    incomplete: "غير كاملة",
    tooLong: "طويلة جدًا",
    rude: "غير مهذبة",
    comment: "تعليق",
    correction: "ماذا كان يجب أن تقول؟",
    send: "إرسال",
    sending: "جارٍ الإرسال…",
    sent: "شكرًا على ملاحظاتك.",
    queued: "تم الحفظ. سيُرسل عند توفر الاتصال بالخادم.",
    empty: "اختر شيئًا أو اكتبه أولًا.",
    refused: "تعذّر إرسال ملاحظاتك.",
    expired: "لم يعد بالإمكان تقييم هذه الإجابة.",
    you: "أنت",
    assistant: "المساعد",
    copy: "نسخ",
    copied: "تم النسخ",
  },
};

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

/**
 * Give the words of an element, and the language that they are in.
 *
 * @param {HTMLElement} element Its `lang`, or that of what it stands in, chooses; else the browser's.
 * @param {Partial<Words>} given Words of the page, which go before.
 * @returns {{words: Words, lang: string, dir: "ltr" | "rtl"}}
 */
export function findWords(element, given) {
  const wanted = [element.lang, findLanguage(element), navigator.language];
  const named = wanted.find((one) => one && isLanguage(one)) ?? "en";
  const base = named.toLowerCase().split("-")[0];
  const lang = base in LANGUAGES ? base : Object.keys(given).length ? named : "en";
  const words = { ...LANGUAGES[base in LANGUAGES ? base : "en"], ...given };
  return { words, lang, dir: RIGHT_TO_LEFT.has(lang.split("-")[0]) ? "rtl" : "ltr" };
}

/**
 * Say whether a text names a language, by its form.
 *
 * @param {string} text
 */
function isLanguage(text) {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/**
 * Find the language of what an element stands in, also where that is another component.
 *
 * @param {Node} element
 * @returns {string}
 */
function findLanguage(element) {
  for (let at = /** @type {any} */ (element); at; at = at.parentNode ?? at.host) {
    if (at.lang) return at.lang;
  }
  return "";
}
