/**
 * The hash of the one style element that React Aria inserts into the console, for buttons on touch
 * screens. A test compares it with the text in the package.
 */
export const PRESSABLE_STYLE_HASH = "sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o=";
