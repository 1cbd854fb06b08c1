"""What every table and every store must hold, whatever is below: memory, moto, DynamoDB Local.

A suite is a class whose tests take the fixture `tables`; each place subclasses it with its own fixture.
"""
