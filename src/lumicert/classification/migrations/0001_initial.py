import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Reclassification',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('first', models.IntegerField()),
                ('last', models.IntegerField()),
                ('position', models.IntegerField()),
                ('state', models.TextField(choices=[('waiting', 'waiting for a worker'), ('running', 'running'), ('done', 'done'), ('stopped', 'stopped')], default='waiting')),
                ('total', models.IntegerField()),
                ('done', models.IntegerField(default=0)),
                ('changed', models.IntegerField(default=0)),
                ('refused', models.IntegerField(default=0)),
                ('refusal', models.TextField(default='')),
                ('asked_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['-asked_at'], name='newest_reclassifications')],
            },
        ),
    ]
