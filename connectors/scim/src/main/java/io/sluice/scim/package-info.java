/**
 * The SCIM 2.0 protocol (RFC 7643, RFC 7644) as Okta and Microsoft Entra ID speak it: bytes and text in, canonical JSON
 * out. No HTTP, no storage and no clock here; whatever is refused is a {@link io.sluice.scim.ScimException}.
 */
@org.jspecify.annotations.NullMarked
package io.sluice.scim;
