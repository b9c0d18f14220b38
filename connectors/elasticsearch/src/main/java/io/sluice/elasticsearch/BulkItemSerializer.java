package io.sluice.elasticsearch;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.connector.base.sink.writer.AsyncSinkWriterStateSerializer;

/** Buffered documents in a checkpoint. How often they were refused starts again at 0 after a restore. */
final class BulkItemSerializer extends AsyncSinkWriterStateSerializer<BulkItem> {
    private static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    protected void serializeRequestToStream(BulkItem item, DataOutputStream out) throws IOException {
        out.writeUTF(item.index());
        out.writeUTF(item.id());
        out.writeLong(item.version());
        out.writeInt(item.source().length);
        out.write(item.source());
    }

    @Override
    protected BulkItem deserializeRequestFromStream(long size, DataInputStream in) throws IOException {
        String index = in.readUTF();
        String id = in.readUTF();
        long version = in.readLong();
        byte[] source = new byte[in.readInt()];
        in.readFully(source);
        return new BulkItem(index, id, version, source, 0);
    }
}
