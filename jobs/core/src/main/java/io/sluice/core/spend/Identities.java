package io.sluice.core.spend;

import io.sluice.core.spend.RequestMessage.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Which request a report belongs to. The ids that a report carries are aliases of one request: a match on any is the
 * same request. The request id is the canonical one; see {@link Alias} for reports that lack it.
 */
public final class Identities {
    private Identities() {}

    /**
     * Where a report goes.
     *
     * @param direct messages for {@link Request}
     * @param aliases messages for {@link Alias}
     */
    public record Route(List<RequestMessage> direct, List<Alias.Message> aliases) {}

    /** @param at when the record came that makes it go there, epoch microseconds */
    public static Route route(RequestCopy copy, Kind kind, long at) {
        String org = copy.orgId() + '|';
        long held = copy.heldUntilMillis();
        List<RequestMessage> direct = new ArrayList<>(1);
        List<Alias.Message> aliases = new ArrayList<>(2);
        String requestId = copy.requestId();
        String clientRequestId = copy.clientRequestId();
        String messageId = copy.messageId();
        if (requestId == null) {
            if (clientRequestId != null) {
                aliases.add(new Alias.Message(org + "c:" + clientRequestId, null, false, kind, copy, held, at));
            } else if (messageId != null) {
                aliases.add(new Alias.Message(org + "m:" + messageId, null, false, kind, copy, held, at));
            } else {
                direct.add(new RequestMessage(org + "e:" + copy.eventId(), kind, copy, at));
            }
            return new Route(direct, aliases);
        }
        boolean guest = copy.sidechain() && messageId != null;
        if (!guest) {
            direct.add(new RequestMessage(ofRequestId(org, requestId), kind, copy, at));
        }
        if (kind == Kind.RECORD) {
            if (clientRequestId != null) {
                aliases.add(new Alias.Message(org + "c:" + clientRequestId, requestId, false, null, null, held, at));
            }
            if (messageId != null) {
                aliases.add(new Alias.Message(
                        org + "m:" + messageId,
                        requestId,
                        copy.sidechain(),
                        guest ? kind : null,
                        guest ? copy : null,
                        held,
                        at));
            }
        } else if (guest) {
            aliases.add(new Alias.Message(org + "m:" + messageId, null, true, kind, copy, held, at));
        }
        return new Route(direct, aliases);
    }

    static String ofRequestId(String organizationPrefix, String requestId) {
        return organizationPrefix + "r:" + requestId;
    }

    static String organizationPrefix(String key) {
        return key.substring(0, key.indexOf('|') + 1);
    }
}
