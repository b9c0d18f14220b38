package io.sluice.spend;

import io.sluice.core.spend.Alias;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.RequestMessage;
import io.sluice.core.spend.RequestMessage.Kind;
import io.sluice.core.spend.RowWriter;
import io.sluice.core.spend.Usage;
import org.jspecify.annotations.Nullable;

/** Writes a usage event as rows for the requests and aliases that it belongs to. */
final class UsageRoutes implements Usage.Destinations {
    private final Usage usage;
    private final Bundles requests;
    private final Bundles aliases;
    private Kind kind = Kind.RECORD;
    private long receivedAtMicros;

    UsageRoutes(Usage usage, Bundles requests, Bundles aliases) {
        this.usage = usage;
        this.requests = requests;
        this.aliases = aliases;
    }

    /** @param because time of receipt of the record for which this is sent, epoch microseconds */
    void send(Kind newKind, long because) {
        kind = newKind;
        receivedAtMicros = because;
        usage.route(newKind, this);
    }

    @Override
    public void request(Id request) {
        RowWriter row = requests.row(request);
        RequestMessage.putHead(row, request, kind, receivedAtMicros);
        usage.writeReport(row);
        usage.writeDimensions(row);
    }

    @Override
    public void claim(Id alias, Id request, boolean sidechain) {
        Alias.Message.putHead(aliases.row(alias), alias, request, sidechain, null, usage.heldMonth(), receivedAtMicros);
    }

    @Override
    public void guest(Id alias, @Nullable Id request) {
        RowWriter row = aliases.row(alias);
        // A guest with a request id is a sidechain's: its claim is one.
        Alias.Message.putHead(row, alias, request, request != null, kind, usage.heldMonth(), receivedAtMicros);
        usage.writeReport(row);
        usage.writeDimensions(row);
    }
}
