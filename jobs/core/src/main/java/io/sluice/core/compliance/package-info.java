/** What was decided about content: holds, erasures, retention. See README.md. */
@NullMarked
package io.sluice.core.compliance;

import org.jspecify.annotations.NullMarked;
