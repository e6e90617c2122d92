from console.keeping import keep
from orders.funds.kept import BOOKS

keep("closing.Close", "closing.CloseRow", "closing.Taken", "closing.Closing", why=BOOKS)
