package io.sluice.spend;

import io.sluice.core.spend.Alias;
import io.sluice.core.spend.Id;
import io.sluice.core.spend.RequestMessage;
import io.sluice.core.spend.RequestMessage.Kind;
import io.sluice.core.spend.RowWriter;
import io.sluice.core.spend.Usage;
import io.sluice.runtime.Bundles;
import org.jspecify.annotations.Nullable;

/** Writes a usage event as rows for the requests and aliases that it belongs to. */
final class UsageRoutes implements Usage.Destinations {
    private final Usage usage;
    private final Bundles requests;
    private final Bundles clients;
    private final Bundles aliases;
    private Kind kind = Kind.RECORD;
    private long receivedAtMicros;

    /**
     * @param clients rows for {@link ClientAliasOperator}
     * @param aliases rows for {@link AliasOperator}
     */
    UsageRoutes(Usage usage, Bundles requests, Bundles clients, Bundles aliases) {
        this.usage = usage;
        this.requests = requests;
        this.clients = clients;
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
    public void clientClaim(Id client, Id request) {
        claim(clients, client, request);
    }

    @Override
    public void clientGuest(Id client, @Nullable Id message) {
        guest(clients, client, null, message);
    }

    @Override
    public void claim(Id message, Id request) {
        claim(aliases, message, request);
    }

    @Override
    public void guest(Id message, @Nullable Id request) {
        guest(aliases, message, request, null);
    }

    private void claim(Bundles to, Id alias, Id request) {
        Alias.Message.putHead(to.row(alias), alias, request, false, null, null, usage.heldMonth(), receivedAtMicros);
    }

    private void guest(Bundles to, Id alias, @Nullable Id request, @Nullable Id link) {
        RowWriter row = to.row(alias);
        // A guest with a request id is a sidechain's: its claim is one.
        Alias.Message.putHead(row, alias, request, request != null, kind, link, usage.heldMonth(), receivedAtMicros);
        usage.writeReport(row);
        usage.writeDimensions(row);
    }
}
