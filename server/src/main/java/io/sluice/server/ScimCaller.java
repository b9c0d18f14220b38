package io.sluice.server;

/**
 * For whom SCIM works.
 *
 * @param tokenId what changes are recorded under
 * @param baseUrl absolute, as the client wrote it, without a slash at its end: {@code https://host/scim/v2}
 */
record ScimCaller(String orgId, String tokenId, String baseUrl) {}
