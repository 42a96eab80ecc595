/** The version of this service; the same as that of its package. */
export const SERVICE_VERSION = "0.4.0";
