from storage.engine import *
from sqlalchemy import text
import pytest
async def test_a(engine):
    async with writing(engine) as c: await c.execute(text("select 1"))
    async with reading(engine) as c:
        with pytest.raises(Exception) as e:
            await c.execute(text("delete from chats"))
        print(repr(e.value))
    from storage.migrate import migrate, pending_migrations
    assert await pending_migrations(engine)==[]
    assert await migrate(engine)==[]
