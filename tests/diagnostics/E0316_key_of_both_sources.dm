model Shop {
    data {
        orders   = csv("orders.csv", columns = [customer, sku])
        products = csv("products.csv", columns = [sku, name])
        join(products, on = sku)
    }
    input { customer: id, sku: id }
    embedding customer { dim = 8 }
    embedding sku      { dim = 8 }
    tower query     { customer[customer] + sku[sku] }
    tower candidate { sku[sku] }
    catalogue { source = products, key = sku }
    objective in_batch_softmax(query, candidate)
}
